// Command seed creates the gateway's tables in an empty database and fills them.
//
//	DATABASE_URL=postgres://... seed [-passages 1000] [-keys 10] [-ledger 10000] [-seed 1]
//
// The passages are support articles of 1.5 to 1.9 KB. The API keys are key-0 to key-K-1. The ledger's rows are spread over
// the last 30 days, all keys and all models, and are already rolled up, as they are in a service that has run for a month.
// The same flags always give the same rows; only their times follow the clock.
//
// The tables are vacuumed and analyzed at the end, so that the first reader does no work that was the writer's.
package main
