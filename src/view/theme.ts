/**
 * Colours, sizes and faces of the drawings. The hues are told apart by the colour-blind, and none carries a
 * meaning alone: dashes, weights and shapes say the same in black and white.
 */

export const FONT: string = "Helvetica, Arial, 'Liberation Sans', sans-serif";

export const COLOR = {
  paper: "#ffffff",
  ink: "#1b2733",
  soft: "#5b6875",
  faint: "#8a96a3",
  hair: "#c9d0d8",
  lifeline: "#7b8794",
  head: "#eef2f6",
  packet: "#1f4e79",
  again: "#c05000",
  copy: "#7a3e9d",
  bare: "#8a96a3",
  segment: "#6f93b5",
  segmentText: "#3f6485",
  segmentAgain: "#dd8a45",
  sack: "#00755e",
  window: "#1f4e79",
  flight: "#b9d0e6",
  limit: "#5b6875",
  disorder: "#fbf3d3",
  disorderEdge: "#bfa14a",
  recovery: "#f9dfc6",
  recoveryEdge: "#c05000",
  loss: "#f6cfd0",
  lossEdge: "#c1121f",
  lost: "#c1121f",
  published: "#1f4e79",
  delivered: "#00755e",
  deliveredAgain: "#c05000",
  failed: "#c1121f",
  crash: "#5b6875",
  cut: "#fbe9e7",
  cutEdge: "#c98b84",
  held: "#fdf5dc",
  heldEdge: "#bfa14a",
} as const;

export const SIZE = {
  title: 16,
  head: 13,
  label: 11,
  small: 10,
  fine: 9,
  legend: 11,
} as const;
