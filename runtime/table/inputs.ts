/** How many texts one embeddings request may have: OpenAI's documented limit, and by it what such a request can cost at most. */
export const MOST_INPUTS = 2048;
