package scenario

import "strings"

// didYouMean is a hint naming the word closest to the one written, or "" if
// none is close.
func didYouMean(written string, words []string) string {
	if near := Nearest(written, words); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// Nearest is the word that the one written was most likely meant to be; "" if
// none is close.
func Nearest(written string, words []string) string {
	best, least := "", max(2, len(written)/3)+1
	if written == "" {
		return ""
	}
	for _, w := range words {
		if d := distance(strings.ToLower(written), strings.ToLower(w)); d < least {
			best, least = w, d
		}
	}
	return best
}

// distance is the Levenshtein distance of two words, in bytes. Anything too
// long to be a slip of the pen is simply far away.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			substitute := diagonal
			if a[i] != b[j] {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
