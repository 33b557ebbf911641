/** What a controller that is not the active one answers: ask another one. */
import { type Request, type Response, response } from "../protocol/frames.js";

const ERROR = "NOT_CONTROLLER";

/** Undefined: not something that only the active one can answer. */
export function notController(asked: Request | Response): Response | undefined {
  switch (asked.api) {
    case "BrokerRegistration":
      return response("BrokerRegistration", { error: ERROR, brokerEpoch: -1 });
    case "BrokerHeartbeat":
      return response("BrokerHeartbeat", { error: ERROR, shouldShutDown: false });
    case "AlterPartition":
      return response("AlterPartition", { error: ERROR, results: [] });
    case "CreateTopics":
      return response("CreateTopics", { topic: asked.body.topic, error: ERROR });
    case "AlterPartitionReassignments":
      return response("AlterPartitionReassignments", { topic: asked.body.topic, error: ERROR });
    case "ElectLeaders":
      return response("ElectLeaders", { topic: asked.body.topic, error: ERROR });
    case "AllocateProducerIds":
      return response("AllocateProducerIds", { error: ERROR, producerIdStart: 0, producerIdLen: 0 });
    case "MetadataLogFetch": {
      const { metadataVersion } = asked.body;
      const nothing = { brokers: [], partitions: [], access: undefined };
      return response("MetadataLogFetch", { error: ERROR, ...nothing, metadataVersion });
    }
    default:
      return undefined;
  }
}
