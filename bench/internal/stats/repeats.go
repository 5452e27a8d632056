package stats

import "math"

// RepeatsTail returns the chance that at least k of all repeats fall on one arm, if every
// started trial is disturbed with the same chance, whatever that chance is. Each
// disturbed trial is repeated until one is kept. kept is the number of the arm's kept
// trials, others that of all other arms; both are at least 1, k at most all.
//
// The repeats of an arm have a negative binomial distribution. Given the repeats of all
// arms together it is the negative hypergeometric one, which does not depend on the chance
// (Johnson, Kemp and Kotz, Univariate Discrete Distributions, 2005, chapter 6):
//
//	P(X = x) = C(kept+x-1, x)·C(others+all-x-1, all-x) / C(kept+others+all-1, all)
func RepeatsTail(k, all, kept, others int) (p float64) {
	for x := k; x <= all; x++ {
		p += math.Exp(logMultichoose(kept, x) + logMultichoose(others, all-x) - logMultichoose(kept+others, all))
	}
	return min(1, p)
}

// logMultichoose is the logarithm of C(n+k-1, k).
func logMultichoose(n, k int) float64 {
	return logGamma(float64(n+k)) - logGamma(float64(k+1)) - logGamma(float64(n))
}
