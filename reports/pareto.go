package reports

// paretoRow is one cause of a Pareto chart: its share and that of all causes up to
// it, also in percent as Fill and Sum.
type paretoRow struct {
	Cause, Class, Count, Share, Together string
	Fill, Sum                            float64
}

// paretoOf ranks causes, the most frequent first; nil for fewer than two, which
// are told without a chart.
func paretoOf(counts map[string]int) []paretoRow {
	all := ranked(counts)
	if len(all) < 2 {
		return nil
	}
	total := 0
	for _, t := range all {
		total += t.Count
	}
	var out []paretoRow
	sum := 0
	for _, t := range all {
		sum += t.Count
		own, together := share(t.Count, total), share(sum, total)
		out = append(out, paretoRow{
			Cause: t.Name, Class: causeClass(t.Name), Count: count(t.Count), Share: percent(own), Together: percent(together),
			Fill: hundredths(own), Sum: hundredths(together),
		})
	}
	return out
}
