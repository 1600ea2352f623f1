package account

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	ordered = "shipment/created"
	carted  = "cart/abandoned"
)

// TestCategoryOfTemplates has WhatsApp move a template between categories: only news of orders are held for it, and the newest notice counts
// in whatever order they come.
func TestCategoryOfTemplates(t *testing.T) {
	t.Parallel()
	at := func(minutes int) time.Time { return noon.Add(time.Duration(minutes) * time.Minute) }
	moved := func(marketing bool, minutes int) func(Condition) {
		return func(c Condition) { c.ReclassTemplate("t", marketing, "why", at(minutes), noon) }
	}
	approved := func(c Condition) { c.ReleaseTemplate("t", at(9), noon) }
	paused := func(c Condition) { c.HoldTemplate("t", HeldBy{TemplateHeld, "paused"}, at(1)) }
	category := func(since, retry int) Health {
		return Health{Reason: CategoryHeld, Detail: "why", Since: at(since), RetryAt: at(retry)}
	}
	waited := Health{Reason: CategoryHeld, Detail: "why", Since: at(5), RetryAt: at(30), Checks: 4}
	template := Health{Reason: TemplateHeld, Detail: "paused", Since: at(1), RetryAt: at(2)}
	soon := template
	soon.RetryAt = at(1) // it keeps its next check

	for name, tt := range map[string]struct {
		before  Health
		changes []func(Condition)
		want    Health
		cart    Health
	}{
		"marketing":                 {changes: []func(Condition){moved(true, 1)}, want: category(1, 1)},
		"marketing_twice":           {changes: []func(Condition){moved(true, 1), moved(true, 1)}, want: category(1, 1)},
		"marketing_checked_since":   {before: waited, changes: []func(Condition){moved(true, 1), moved(true, 5)}, want: waited}, // keeps its back-off
		"older_than_a_check":        {before: Health{Since: at(5)}, changes: []func(Condition){moved(true, 1)}, want: category(5, 1)},
		"and_back":                  {changes: []func(Condition){moved(true, 1), moved(false, 2)}, want: Health{Since: at(2)}},
		"back_before_a_check":       {before: category(5, 9), changes: []func(Condition){moved(false, 2)}, want: category(5, 0)},
		"back_though_never_held":    {before: Health{Since: at(5)}, changes: []func(Condition){moved(false, 6)}, want: Health{Since: at(5)}},
		"approved_asks":             {before: category(5, 9), changes: []func(Condition){approved}, want: category(5, 0)},
		"paused":                    {before: category(0, 1), changes: []func(Condition){paused}, want: soon, cart: template},
		"paused_before":             {changes: []func(Condition){paused, moved(true, 2)}, want: template, cart: template},
		"paused_stays_when_back":    {changes: []func(Condition){paused, moved(false, 2)}, want: template, cart: template},
		"found_by_a_message":        {changes: []func(Condition){func(c Condition) { c.HoldTemplate("t", HeldBy{CategoryHeld, "why"}, noon) }}, want: category(0, 1)},
		"found_by_a_message_paused": {changes: []func(Condition){paused, func(c Condition) { c.HoldTemplate("t", HeldBy{CategoryHeld, "why"}, at(4)) }}, want: template, cart: template},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := Condition{Events: map[string]Event{ordered: {TemplateID: "t", Health: tt.before}, carted: {TemplateID: "t"}}}
			for _, change := range tt.changes {
				change(c)
			}
			if diff := cmp.Diff(tt.want, c.Events[ordered].Health); diff != "" {
				t.Errorf("news of an order (-want +got):\n%s", diff)
			}
			got := c.Events[carted].Health
			if got.Reason != tt.cart.Reason {
				t.Errorf("offer: got %+v, want %+v", got, tt.cart)
			}
		})
	}
}

// TestJudged has checks find out things about one event's template. A check that began before something else was noted changes nothing.
func TestJudged(t *testing.T) {
	t.Parallel()
	refused := func(j Judged) func(Health) (Health, bool) {
		return func(h Health) (Health, bool) { return h.judge(j, noon) }
	}
	category := Judged{Refused, HeldBy{CategoryHeld, "marketing"}}
	edited := Judged{Refused, HeldBy{TemplateHeld, "edited"}}
	held := Health{Reason: TemplateHeld, Detail: "paused", Since: noon.Add(-time.Hour), RetryAt: noon, Checks: 2}
	next := held.FailCheck("edited", noon)
	other := next
	other.Reason, other.Detail, other.Since = CategoryHeld, "marketing", noon

	for name, tt := range map[string]struct {
		before Health
		judge  func(Health) (Health, bool)
		want   Health
	}{
		"healthy":           {Health{Since: noon}, refused(category), Health{Reason: CategoryHeld, Detail: "marketing", Since: noon, RetryAt: noon.Add(time.Minute)}},
		"same_reason":       {held, refused(edited), next},
		"news_said_more":    {held, refused(Judged{Refused, HeldBy{TemplateHeld, "pau"}}), held.FailCheck("", noon)},
		"other_reason":      {held, refused(category), other},
		"works":             {held, refused(Judged{Answer: Works}), Health{Since: noon}},
		"no_answer":         {held, refused(Judged{}), held.FailCheck("", noon)},
		"works_as_before":   {Health{Since: noon}, refused(Judged{Answer: Works}), Health{Since: noon}},
		"no_answer_healthy": {Health{Since: noon}, refused(Judged{}), Health{Since: noon}},
	} {
		got, changed := tt.judge(tt.before)
		if diff := cmp.Diff(tt.want, got); diff != "" || changed == got.equal(tt.before) {
			t.Errorf("%s: changed %t (-want +got):\n%s", name, changed, diff)
		}
	}

	c := Condition{Events: map[string]Event{ordered: {TemplateID: "t", Health: Health{Since: noon}}}}
	for name, was := range map[string]Health{"of_another_template": {Since: noon}, "of_before": {}} {
		id := map[bool]string{true: "u", false: "t"}[name == "of_another_template"]
		if c.JudgeTemplate(ordered, id, was, category, noon) || !c.Events[ordered].Health.Healthy() {
			t.Errorf("%s: got %+v, want no change", name, c.Events[ordered].Health)
		}
	}
}

// TestHealthOfReclassed has the account's setting decide whether a category holds, and another reason hold always.
func TestHealthOfReclassed(t *testing.T) {
	t.Parallel()
	for reason, held := range map[string]map[Reclassed]bool{
		"category": {"": true, HoldReclassed: true, SendReclassed: false},
		"template": {"": true, HoldReclassed: true, SendReclassed: true},
		"":         {"": false, HoldReclassed: false, SendReclassed: false},
	} {
		for set, want := range held {
			h := Health{Since: noon}
			h.Reason = map[string]Health{"category": {Reason: CategoryHeld}, "template": {Reason: TemplateHeld}}[reason].Reason
			a := Account{Reclassed: set, Events: map[string]Event{ordered: {Health: h}}}
			if got := a.TemplateHealth(ordered); got.Healthy() == want {
				t.Errorf("%q with %q: got %+v, want it held: %t", reason, set, got, want)
			}
		}
	}
	for _, r := range []Reclassed{"", "drop", "HOLD"} {
		if err := r.Check("reclassed"); err == nil {
			t.Errorf("%q: got no error", r)
		}
	}
	if HoldReclassed.Check("") != nil || SendReclassed.Check("") != nil {
		t.Error("hold and send are settings")
	}
}

// TestHealthFollowsFilling has an event be mapped once more: what held it because its template no longer fitted ends, and what its category held
// does not. An offer takes over nothing of an event that is held for the category.
func TestHealthFollowsFilling(t *testing.T) {
	t.Parallel()
	held := func(h Health) Account {
		a := Account{
			Apps: map[string]App{"app": {}}, Sender: "app",
			Choices: map[string]map[string]Choice{"app": {ordered: {Enabled: true, TemplateID: "t"}}},
			Events:  map[string]Event{ordered: {Enabled: true, TemplateID: "t", Health: h}},
		}

		return a
	}
	for name, tt := range map[string]struct {
		before Health
		change func(map[string]Choice)
		want   map[string]bool // held, by event
	}{
		"misfit_mapped_anew":   {Health{Reason: TemplateHeld}, func(c map[string]Choice) { e := c[ordered]; e.Filling.Variables = []string{"brand"}; c[ordered] = e }, map[string]bool{ordered: false}},
		"misfit_left":          {Health{Reason: TemplateHeld}, func(c map[string]Choice) { e := c[ordered]; e.MaxAge = time.Hour; c[ordered] = e }, map[string]bool{ordered: true}},
		"category_mapped_anew": {Health{Reason: CategoryHeld}, func(c map[string]Choice) { e := c[ordered]; e.Filling.Variables = []string{"brand"}; c[ordered] = e }, map[string]bool{ordered: true}},
		"another_template":     {Health{Reason: CategoryHeld}, func(c map[string]Choice) { e := c[ordered]; e.TemplateID = "u"; c[ordered] = e }, map[string]bool{ordered: false}},
		"for_a_cart_too":       {Health{Reason: CategoryHeld}, func(c map[string]Choice) { c[carted] = Choice{Enabled: true, TemplateID: "t"} }, map[string]bool{ordered: true, carted: false}},
		"for_another_event":    {Health{Reason: CategoryHeld}, func(c map[string]Choice) { c["shipment/delivered"] = Choice{Enabled: true, TemplateID: "t"} }, map[string]bool{ordered: true, "shipment/delivered": true}},
	} {
		after, err := held(tt.before).Edit(nil, func(a *Account) error {
			tt.change(a.Choices["app"])
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for kind, want := range tt.want {
			if h := after.Events[kind].Health; h.Healthy() == want {
				t.Errorf("%s: %s: got %+v, want it held: %t", name, kind, h, want)
			}
		}
	}
}
