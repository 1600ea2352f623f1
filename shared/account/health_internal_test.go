package account

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

var noon = time.Date(2024, 2, 13, 12, 0, 0, 0, time.UTC)

func TestFail(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		before Health
		asked  time.Duration
		checks int
		wait   time.Duration
	}{
		{"first", Health{}, 0, 0, time.Minute},
		{"long_after", Health{Since: noon.Add(-time.Hour), Checks: 5}, 0, 0, time.Minute},
		{"relapse", Health{Since: noon.Add(-time.Minute), Checks: 2}, 0, 3, message.Backoff(5)},
		{"just_within_relapse", Health{Since: noon.Add(1 - time.Hour), Checks: 0}, 0, 1, time.Minute},
		{"left_alone_for_hours", Health{}, 3 * time.Hour, 0, 3 * time.Hour},
		{"left_alone_for_less_than_a_check", Health{}, time.Second, 0, time.Minute},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			want := Health{Reason: message.CauseBalance, Since: noon, Checks: tt.checks, RetryAt: noon.Add(tt.wait)}
			if diff := cmp.Diff(want, tt.before.fail(message.CauseBalance, noon, noon, tt.asked)); diff != "" {
				t.Errorf("Fail (-want +got):\n%s", diff)
			}
		})
	}
}

func TestHold(t *testing.T) {
	t.Parallel()
	first, second := noon.Add(time.Minute), noon.Add(time.Hour)
	held := Health{Reason: TemplateHeld, Since: noon, RetryAt: first}

	got := Health{Since: noon.Add(-time.Hour), Checks: 4}.hold(TemplateHeld, noon, first)
	if diff := cmp.Diff(held, got); diff != "" {
		t.Errorf("healthy (-want +got):\n%s", diff)
	}

	held.Checks = 2
	again := held
	again.Since = second
	if diff := cmp.Diff(again, held.hold(TemplateHeld, second, second)); diff != "" {
		t.Errorf("held already: the next check and the back-off stay (-want +got):\n%s", diff)
	}
}

func TestChecks(t *testing.T) {
	t.Parallel()
	h := Health{Reason: message.CauseCredentials, Detail: "old", Since: noon.Add(-time.Hour), Checks: 1}

	failed := h.FailCheck("", noon)
	want := Health{
		Reason:  message.CauseCredentials,
		Detail:  "old",
		Since:   h.Since,
		Checks:  2,
		RetryAt: noon.Add(message.Backoff(6)),
	}
	if diff := cmp.Diff(want, failed); diff != "" {
		t.Errorf("FailCheck (-want +got):\n%s", diff)
	}
	if got := h.FailCheck("new", noon).Detail; got != "new" {
		t.Errorf("Detail after FailCheck: got %q, want new", got)
	}

	if diff := cmp.Diff(Health{Since: noon, Checks: 2}, failed.passCheck(noon)); diff != "" {
		t.Errorf("passCheck (-want +got):\n%s", diff)
	}
}

// brand has an app and a template, with the given health each.
func brand(app, template Health) Condition {
	return Account{
		Apps:   map[string]App{"app": {Provider: "gupshup", Health: app}},
		Events: map[string]Event{"e": {TemplateID: "t", Health: template}, "f": {TemplateID: "t", Health: template}, "g": {TemplateID: "u"}},
	}.Condition()
}

// judgeAll notes at noon what a check found out about the template of every event that has it.
func judgeAll(c Condition, j Judged) bool {
	changed := false
	for _, kind := range c.eventsUsing("t") {
		changed = c.JudgeTemplate(kind, "t", c.Events[kind].Health, j, noon) || changed
	}

	return changed
}

func TestConditionOfApps(t *testing.T) {
	t.Parallel()
	const hours = 3 * time.Hour
	later := Health{Since: noon.Add(1)}
	blocked := Health{Reason: message.CauseBlocked, Since: noon.Add(-time.Hour), RetryAt: noon, Checks: 1, Detail: "d"}
	fail := func(c Condition) bool { return c.FailApp("app", message.CauseBlocked, "why", noon, noon, 0) }
	block := func(c Condition) bool { return c.BlockApp("app", noon, noon.Add(time.Second), 0) }
	failForHours := func(c Condition) bool { return c.FailApp("app", message.CauseBlocked, "why", noon, noon, hours) }
	blockForHours := func(c Condition) bool { return c.BlockApp("app", noon, noon, hours) }
	postponed, soon := blocked, blocked
	postponed.RetryAt, soon.RetryAt = noon.Add(hours), noon.Add(hours/2)
	broke := Health{Reason: message.CauseBalance, Since: noon.Add(1), RetryAt: noon.Add(time.Minute)}
	brokeForHours := broke
	brokeForHours.RetryAt = noon.Add(hours)
	silent := Health{Reason: message.CauseNotAnswering, Since: noon.Add(1), RetryAt: noon.Add(firstProbe)}
	failOtherwise := func(c Condition) bool { return c.FailApp("app", message.CauseBalance, "why", noon, noon, 0) }
	restore := func(c Condition) bool { return c.RestoreApp("app", noon) }
	pass := func(c Condition) bool { return c.CheckApp("app", true, "", noon) }
	miss := func(c Condition) bool { return c.CheckApp("app", false, "why", noon) }
	tests := []struct {
		name   string
		before Health
		change func(Condition) bool
		want   Health
	}{
		{"fails", Health{}, fail, Health{Reason: message.CauseBlocked, Detail: "why", Since: noon, RetryAt: noon.Add(time.Minute)}},
		{"fails_again_for_the_same", blocked, fail, blocked},
		{"fails_late", later, fail, later},
		{"blocked", Health{}, block, Health{Reason: message.CauseBlocked, Since: noon, RetryAt: noon.Add(time.Minute + time.Second)}},
		{"blocked_again", blocked, block, blocked},
		{"blocked_late", later, block, later},
		{"fails_late_for_hours", later, failForHours, later},
		{"fails_for_hours_before_other_trouble", broke, failForHours, brokeForHours},
		{"blocked_for_hours_before_other_trouble", broke, blockForHours, brokeForHours},
		{"fails_for_hours_before_it_stops_answering", silent, failForHours, silent},
		{"fails_for_hours", Health{}, failForHours, Health{Reason: message.CauseBlocked, Detail: "why", Since: noon, RetryAt: noon.Add(hours)}},
		{"fails_again_for_hours", blocked, failForHours, postponed},
		{"fails_again_for_the_same_hours", soon, failForHours, soon},
		{"blocked_for_hours", Health{}, blockForHours, Health{Reason: message.CauseBlocked, Since: noon, RetryAt: noon.Add(hours)}},
		{"blocked_again_for_hours", blocked, blockForHours, postponed},
		{
			"fails_for_another_reason_within_those_hours", postponed, failOtherwise,
			Health{Reason: message.CauseBalance, Detail: "why", Since: noon, RetryAt: noon.Add(hours)},
		},
		{"restored", blocked, restore, Health{Since: noon}},
		{"restored_though_healthy", Health{}, restore, Health{}},
		{"checked", blocked, pass, Health{Since: noon, Checks: 1}},
		{"checked_late", later, pass, later},
		{"checked_in_vain", blocked, miss, blocked.FailCheck("why", noon)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := brand(tt.before, Health{})
			if changed := tt.change(c); changed != !cmp.Equal(tt.before, tt.want) {
				t.Errorf("changed = %t", changed)
			}
			if diff := cmp.Diff(brand(tt.want, Health{}), c); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if tt.change(Condition{}) {
				t.Error("an app that is not installed was changed")
			}
		})
	}
}

func TestConditionOfTemplates(t *testing.T) {
	t.Parallel()
	later := Health{Since: noon.Add(1)}
	held := Health{Reason: TemplateHeld, Since: noon.Add(-time.Hour), RetryAt: noon, Checks: 1}
	stillHeld := held
	stillHeld.Since, stillHeld.Detail = noon, "why"
	hold := func(c Condition) bool { return c.HoldTemplate("t", HeldBy{TemplateHeld, "why"}, noon) }
	release := func(c Condition) bool { return c.ReleaseTemplate("t", noon, noon.Add(time.Hour)) }
	postpone := func(c Condition) bool { return judgeAll(c, Judged{Answer: NoAnswer}) }
	tests := []struct {
		name   string
		before Health
		change func(Condition) bool
		want   Health
	}{
		{"held", Health{}, hold, Health{Reason: TemplateHeld, Detail: "why", Since: noon, RetryAt: noon.Add(time.Minute)}},
		{"held_again", held, hold, stillHeld},
		{"held_late", later, hold, later},
		{"released", held, release, Health{Since: noon, RetryAt: noon.Add(time.Hour)}},
		{"released_though_healthy", Health{}, release, Health{Since: noon, RetryAt: noon.Add(time.Hour)}},
		{"released_again", Health{Since: noon}, release, Health{Since: noon}},
		{"released_late", later, release, later},
		{"postponed", held, postpone, held.FailCheck("", noon)},
		{"postponed_though_healthy", later, postpone, later},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := brand(Health{}, tt.before)
			if changed := tt.change(c); changed != !cmp.Equal(tt.before, tt.want) {
				t.Errorf("changed = %t", changed)
			}
			if diff := cmp.Diff(brand(Health{}, tt.want), c); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if want := tt.want.WantsCheck(); c.NeedsAttention() != want {
				t.Errorf("NeedsAttention = %t, want %t", !want, want)
			}
		})
	}
	if c := brand(Health{Reason: message.CauseBalance}, Health{}); !c.NeedsAttention() {
		t.Error("an unhealthy app needs no attention")
	}
}

// TestForgeableNews holds that news which nobody can prove change no health. They have the provider asked, and what it then says
// counts.
func TestForgeableNews(t *testing.T) {
	t.Parallel()

	const hour = time.Hour
	due := Health{Since: noon.Add(-hour), Checks: 2, RetryAt: noon}
	healthy := Health{Since: noon.Add(-hour), Checks: 2}
	blocked := Health{Reason: message.CauseBlocked, Since: noon.Add(-hour), RetryAt: noon.Add(10 * time.Minute), Checks: 7}
	soon, held := blocked, blocked
	soon.RetryAt = noon
	held.Reason, held.RetryAt = TemplateHeld, noon.Add(time.Minute)
	heldSoon := held
	heldSoon.RetryAt = noon
	empty, hours, silent := blocked, blocked, blocked
	empty.Reason, hours.RetryAt, silent.Reason = message.CauseBalance, noon.Add(3*hour), message.CauseNotAnswering
	later := Health{Since: noon.Add(1)}
	again := due
	again.RetryAt = noon.Add(time.Minute)

	request := func(c Condition) bool { return c.RequestAppCheck("app", noon, noon) }
	requestTemplate := func(c Condition) bool { return c.RequestTemplateCheck("t", noon, noon) }
	said := func(a Answer) func(Condition) bool {
		return func(c Condition) bool { return c.ConfirmApp("app", a, "why", noon) }
	}
	saidOfTemplate := func(a Answer) func(Condition) bool {
		return func(c Condition) bool {
			return judgeAll(c, Judged{a, HeldBy{Reason: TemplateHeld}})
		}
	}

	tests := []struct {
		name                   string
		app, template          Health
		change                 func(Condition) bool
		wantApp, wantTemplate  Health
		changed, wantAttention bool
	}{
		{name: "healthy_app", app: healthy, change: request, wantApp: due, changed: true, wantAttention: true},
		{name: "asked_about_already", app: due, change: request, wantApp: due, wantAttention: true},
		{name: "to_be_asked_later", app: again, change: request, wantApp: again, wantAttention: true},
		{name: "late_news", app: later, change: request, wantApp: later},
		{name: "blocked_app", app: blocked, change: request, wantApp: soon, changed: true, wantAttention: true},
		{name: "blocked_app_that_is_due", app: soon, change: request, wantApp: soon, wantAttention: true},
		{name: "empty_wallet", app: empty, change: request, wantApp: empty, wantAttention: true},
		{name: "left_alone_for_hours", app: hours, change: request, wantApp: hours, wantAttention: true},
		{name: "not_answering", app: silent, change: request, wantApp: silent, wantAttention: true},
		{name: "template", template: healthy, change: requestTemplate, wantTemplate: due, changed: true, wantAttention: true},
		{name: "held_template", template: held, change: requestTemplate, wantTemplate: heldSoon, changed: true, wantAttention: true},

		{name: "app_works", app: due, change: said(Works), wantApp: healthy, changed: true},
		{
			name: "app_refused", app: due, change: said(Refused), changed: true, wantAttention: true,
			wantApp: Health{Reason: message.CauseBlocked, Detail: "why", Since: noon, RetryAt: noon.Add(time.Minute)},
		},
		{name: "app_without_an_answer", app: due, change: said(NoAnswer), wantApp: again, changed: true, wantAttention: true},
		{name: "app_that_is_not_asked_about", app: healthy, change: said(Refused), wantApp: healthy},
		{name: "app_that_failed_meanwhile", app: blocked, change: said(Works), wantApp: blocked, wantAttention: true},
		{name: "template_works", template: due, change: saidOfTemplate(Works), wantTemplate: healthy, changed: true},
		{
			name: "template_refused", template: due, change: saidOfTemplate(Refused), changed: true, wantAttention: true,
			wantTemplate: Health{Reason: TemplateHeld, Since: noon, RetryAt: noon.Add(time.Minute)},
		},
		{name: "template_without_an_answer", template: due, change: saidOfTemplate(NoAnswer), wantTemplate: again, changed: true, wantAttention: true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := brand(tt.app, tt.template)
			if changed := tt.change(c); changed != tt.changed {
				t.Errorf("changed = %t, want %t", changed, tt.changed)
			}
			if diff := cmp.Diff(brand(tt.wantApp, tt.wantTemplate), c); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := c.NeedsAttention(); got != tt.wantAttention {
				t.Errorf("NeedsAttention = %t, want %t", got, tt.wantAttention)
			}
		})
	}
}
