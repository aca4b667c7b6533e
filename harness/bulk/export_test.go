package bulk

import (
	"context"

	"github.com/logoutlab/logoutlab/harness/oracle"
	"github.com/logoutlab/logoutlab/harness/plan"
)

// JudgeTogether is [Judge] in the order of time, also where users cannot meet.
func JudgeTogether(ctx context.Context, p *plan.Plan) (*oracle.Judgement, error) {
	e, err := playTogether(ctx, p, options{})
	if err != nil {
		return nil, err
	}
	e.graves.settle(e)
	j := e.judgement()
	j.Sums = nil
	return j, nil
}
