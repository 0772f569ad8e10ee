/** What a node can be, and at which stage of its block a state lies: the numbers in a graph's message. */

export const NODE_KINDS = ["head", "mlp", "token", "block", "prediction", "state"];
export const [HEAD, MLP, TOKEN, BLOCK, PREDICTION, STATE] = NODE_KINDS.keys();

export const STAGES = ["pre", "mid"];
export const [PRE, MID] = STAGES.keys();
