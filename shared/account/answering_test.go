package account_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// An app whose provider does not answer is probed ever more rarely, and works again once the provider answers. A block in between
// outlasts that.
func TestNotAnswering(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := account.Condition{Apps: map[string]account.App{"app": {}}}
	health := func() account.Health { return c.Apps["app"].Health }

	if !c.SuspendApp("app", noon, noon) || !health().NotAnswering() || c.SuspendApp("app", noon, noon) {
		t.Fatalf("suspended: got %+v", health())
	}
	now := noon
	for _, pause := range []time.Duration{15 * time.Second, 30 * time.Second, time.Minute, 2 * time.Minute, 2 * time.Minute} {
		if c.ProbeApp("app", now.Add(pause-1)) {
			t.Errorf("probed before %s", pause)
		}
		now = now.Add(pause)
		if !c.ProbeApp("app", now) {
			t.Errorf("not probed after %s: %+v", pause, health())
		}
	}
	if c.RestoreApp("app", now) {
		t.Error("news of a block's end ended it")
	}
	if c.ResumeApp("app", noon.Add(-1)) || !c.ResumeApp("app", now) || !health().Healthy() {
		t.Errorf("resumed: got %+v", health())
	}
	if c.SuspendApp("app", now.Add(-1), now) {
		t.Error("a post from before the answer suspended it again")
	}

	c.SuspendApp("app", now, now)
	if !c.BlockApp("app", now, now, time.Hour) || c.ResumeApp("app", now) || health().Reason != message.CauseBlocked {
		t.Errorf("blocked: got %+v, want a block that an answer does not end", health())
	}
}
