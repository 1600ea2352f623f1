package handset_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/handset"
)

func TestCourse(t *testing.T) {
	t.Parallel()
	accepted := time.Date(2026, 11, 20, 10, 0, 0, 0, time.FixedZone("", 19800))
	after := func(seconds int) time.Time { return accepted.Add(time.Duration(seconds) * time.Second).UTC() }
	var c handset.Course
	c.Add(accepted, "sent", time.Second)
	c.Add(accepted, "delivered", 2*time.Second)
	c.Add(accepted, "read", 3*time.Second)
	c[1].At = time.Time{}
	show := func(now time.Time) (m handset.Message) {
		c.Show(&m, accepted, now)
		return m
	}
	check := func(name string, got, want handset.Message) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	check("at once", show(accepted), handset.Message{State: "accepted", At: map[string]time.Time{"accepted": after(0)}})
	check("held", show(after(5)), handset.Message{State: "sent", Arrived: true, At: map[string]time.Time{"accepted": after(0), "sent": after(1)}})
	c.Reach(1, after(5))
	c.Reach(1, after(9))
	check("read", show(after(6)), handset.Message{State: "read", Arrived: true, At: map[string]time.Time{
		"accepted": after(0), "sent": after(1), "delivered": after(5), "read": after(6),
	}})
}
