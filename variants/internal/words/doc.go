// Package words writes support-desk English: the knowledge base that the seed stores and the answers that the upstream gives.
//
// The text means nothing, but it is shaped like text that does: sentences with a grammar, a vocabulary of a few thousand
// forms, and in each class of word frequencies that fall with the rank as Zipf found (G. K. Zipf, Human Behavior and the
// Principle of Least Effort, 1949). An index over it therefore has the few long and many short posting lists of a real one.
// The same source of random numbers always gives the same text.
package words
