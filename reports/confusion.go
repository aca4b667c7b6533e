package reports

import (
	"maps"
	"slices"
)

// confusion is the confusion matrix of attribution: what was injected down the
// side, what the evidence was taken for across the top.
type confusion struct {
	Causes []key
	Rows   []matrixRow
}

type matrixRow struct {
	Fault string
	Cells []matrixCell
}

// matrixCell is a count and its share of the row, as words and as one of six
// depths of colour.
type matrixCell struct {
	Count, Share string
	Depth        int
}

func matrixOf(attribution map[string]map[string]int) *confusion {
	totals := map[string]int{}
	for _, row := range attribution {
		for cause, n := range row {
			totals[cause] += n
		}
	}
	causes := ranked(totals)
	if len(causes) == 0 {
		return nil
	}
	m := &confusion{}
	for _, c := range causes {
		m.Causes = append(m.Causes, key{causeClass(c.Name), c.Name, count(c.Count)})
	}
	for _, fault := range slices.Sorted(maps.Keys(attribution)) {
		m.Rows = append(m.Rows, matrixRowOf(fault, attribution[fault], causes))
	}
	return m
}

func matrixRowOf(fault string, counts map[string]int, causes []tally) matrixRow {
	sum := 0
	for _, n := range counts {
		sum += n
	}
	row := matrixRow{Fault: fault}
	if fault == "none" {
		row.Fault = "no fault"
	}
	for _, c := range causes {
		n := counts[c.Name]
		cell := matrixCell{Count: count(n)}
		if n > 0 {
			s := share(n, sum)
			cell.Share, cell.Depth = percent(s), 1+int(s*4.999)
		}
		row.Cells = append(row.Cells, cell)
	}
	return row
}
