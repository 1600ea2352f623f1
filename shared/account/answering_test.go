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

// A mark that nobody probes for long is old news: the next unanswered posts begin a new one.
func TestSuspendAfresh(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := account.Condition{Apps: map[string]account.App{"app": {}}}
	c.SuspendApp("app", noon, noon)
	c.ProbeApp("app", noon.Add(15*time.Second)) // the next is due 30 seconds later

	due := noon.Add(45 * time.Second)
	if later := due.Add(2 * time.Minute); c.SuspendApp("app", later, later) {
		t.Error("suspended again although a probe is still awaited")
	}
	later := due.Add(2*time.Minute + 1)
	want := account.Health{Reason: message.CauseNotAnswering, Since: later, RetryAt: later.Add(15 * time.Second)}
	if got := c.SuspendApp("app", later, later); !got || c.Apps["app"].Health != want {
		t.Errorf("got %+v, want %+v", c.Apps["app"].Health, want)
	}
}

// A copy takes over everything but another trouble of its own, and is not written when it is the same.
func TestFollowApp(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	old := account.Health{Reason: message.CauseNotAnswering, Since: noon.Add(-time.Hour), RetryAt: noon}
	silent := account.Health{Reason: message.CauseNotAnswering, Since: noon, RetryAt: noon.Add(time.Minute), Checks: 2}
	answers := account.Health{Since: noon}
	balance := account.Health{Reason: message.CauseBalance, Since: noon}
	tests := []struct {
		name             string
		own, kept, after account.Health
	}{
		{"marked", account.Health{}, silent, silent},
		{"marked_although_newly_restored", account.Health{Since: noon.Add(time.Hour)}, silent, silent},
		{"probed", old, silent, silent},
		{"released", silent, answers, answers},
		{"released_of_an_old_mark", silent, account.Health{}, account.Health{}},
		{"the_same", silent, silent, silent},
		{"both_healthy", account.Health{}, answers, account.Health{}},
		{"other_trouble", balance, silent, balance},
		{"other_trouble_when_it_answers", balance, answers, balance},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := account.Condition{Apps: map[string]account.App{"app": {Health: tt.own}}}
			changed := c.FollowApp("app", tt.kept)
			if got := c.Apps["app"].Health; got != tt.after || changed != (tt.own != tt.after) {
				t.Errorf("got %+v, changed %t, want %+v", got, changed, tt.after)
			}
		})
	}

	if c := (account.Condition{Apps: map[string]account.App{}}); c.FollowApp("app", silent) || len(c.Apps) != 0 {
		t.Error("an app that is not installed was marked")
	}
}

// Probes are no failed checks: a failure after many of them is checked as soon as any first one.
func TestFailAfterProbes(t *testing.T) {
	t.Parallel()
	noon := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	c := account.Condition{Apps: map[string]account.App{"app": {Health: account.Health{
		Reason: message.CauseNotAnswering, Since: noon.Add(-time.Minute), Checks: 9,
	}}}}
	want := account.Health{Reason: message.CauseBalance, Since: noon, RetryAt: noon.Add(time.Minute)}
	if c.FailApp("app", message.CauseBalance, "", noon, noon, 0); c.Apps["app"].Health != want {
		t.Errorf("got %+v, want %+v", c.Apps["app"].Health, want)
	}
}
