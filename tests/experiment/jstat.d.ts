declare module "jstat" {
  interface Distributions {
    readonly studentt: { inv(p: number, freedom: number): number };
    readonly beta: {
      inv(p: number, a: number, b: number): number;
      cdf(x: number, a: number, b: number): number;
    };
    readonly gammaln: (x: number) => number;
  }
  const jstat: { readonly jStat: Distributions };
  export default jstat;
}
