package usage

import (
	"strings"
	"testing"
)

// TestOneDayAlonePromisesNoRange leaves out one of two days. The reports have usual ranges of their own, a month or thirty days, so the error
// names none.
func TestOneDayAlonePromisesNoRange(t *testing.T) {
	t.Parallel()
	for _, days := range [][2]string{{"2026-11-01", ""}, {"", "2026-12-01"}} {
		_, _, err := rangeOf(days[0], days[1], "2026-11-20")
		if err == nil || strings.Contains(err.Error(), "month") || !strings.Contains(err.Error(), "both") {
			t.Errorf("%q: got %v, want both days asked for and no range named", days, err)
		}
	}
}
