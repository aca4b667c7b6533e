package fault

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/logoutlab/logoutlab/harness/history"
	"github.com/logoutlab/logoutlab/harness/result"
)

// TestReceiptOfAStoresClock: it steps at 10 s, and back at 20 s; at both
// moments entries can be over before their time.
func TestReceiptOfAStoresClock(t *testing.T) {
	unknown, ok := history.ReasonUnknownSess, history.ReasonOK
	params := history.Params{"node": "store", "offset": "+1h"}
	h, told := told([]span{{"clock_skew", "store", 10 * second, 20 * second, params}}, events{
		created(1*second, "app-1", "s"), created(2*second, "app-1", "t"), created(3*second, "app-1", "u"), created(4*second, "app-1", "v"),
		decided(5*second, "app-2", unknown, 0, session("s")), // lost by something else
		decided(6*second, "app-1", ok, 0, idle("v", 5*second)),
		decided(11*second, "app-1", unknown, 0, session("s")),
		decided(11*second, "app-2", unknown, 0, session("t")), // taken for expired
		decided(12*second, "app-1", ok, 0, session("u")),      // a mark
		decided(12*second, "app-1", unknown, 0, session("v")), // it had expired
		created(13*second, "app-1", "w"), created(14*second, "app-2", "x"),
		decided(15*second, "app-2", unknown, 0, session("x")), // created since
		decided(21*second, "app-2", unknown, 0, session("w")), // taken for expired by the clock that was put right
		created(22*second, "app-1", "y"),
		decided(23*second, "app-1", unknown, 0, session("y")), // created since
	})
	got, vacuous, err := Receipts(h, told)
	require.NoError(t, err)
	require.Equal(t, []result.Receipt{{DecisionsChanged: 2, Rejections: 2, SessionsLost: 2, Marks: 3}}, got)
	require.Equal(t, []bool{false}, vacuous)
}
