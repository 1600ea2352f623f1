package story

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// TestAnsweredBy has what followed from a provider's answer stand behind it, however late we noted the answer, and the answer behind the attempt.
func TestAnsweredBy(t *testing.T) {
	t.Parallel()

	began := time.UnixMilli(1796045280800)
	noted := began.Add(60 * time.Millisecond)

	for name, tt := range map[string]struct {
		reported map[string]int64
		want     time.Time
	}{
		"nothing else is known":     {map[string]int64{"accepted": noted.UnixMilli()}, noted},
		"queued before we noted":    {map[string]int64{"accepted": noted.UnixMilli(), "enqueued": began.UnixMilli() + 40}, began.Add(40 * time.Millisecond)},
		"queued after":              {map[string]int64{"accepted": noted.UnixMilli(), "enqueued": noted.UnixMilli() + 1}, noted},
		"sent in the second before": {map[string]int64{"accepted": noted.UnixMilli(), "sent": 1796045280000}, began},
	} {
		if got := answeredBy(message.Attempt{At: tt.reported}, began, noted); !got.Equal(tt.want) {
			t.Errorf("%s: got %s, want %s", name, got, tt.want)
		}
	}
}
