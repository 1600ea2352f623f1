package timemachine

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// TestMain collects garbage more seldom: all that the tests make is kept until they end.
func TestMain(m *testing.M) {
	debug.SetGCPercent(200)
	os.Exit(m.Run())
}

// corpusEvents is about how many events the day of the corpus has.
const corpusEvents = 10_000

// TestCorpus replays a day of 10,000 events, once as it was and once otherwise. Without CI=true it has a thousand.
func TestCorpus(t *testing.T) {
	t.Parallel()

	events := corpusEvents
	if !testkit.Thorough() {
		events /= 10
	}

	began := time.Now()
	c := live(t, events)
	t.Logf("%d events of the day, of %d with those around it and sweep's copies, were lived in %v", c.inside, len(c.events), time.Since(began))

	if c.inside < events {
		t.Errorf("the day has %d events, want %d", c.inside, events)
	}

	t.Run("same", func(t *testing.T) { t.Parallel(); same(t, c) })
	t.Run("changed", func(t *testing.T) { t.Parallel(); changed(t, c) })
	t.Run("today", func(t *testing.T) { t.Parallel(); today(t, c) })
}

// run replays the day, and logs how fast.
func run(tb testing.TB, o Options) Result {
	tb.Helper()

	began := time.Now()

	result, err := Run(tb.Context(), o)
	if err != nil {
		tb.Fatal(err)
	}

	took := time.Since(began)
	tb.Logf("%d events, %d of them copies, and %d brought besides, in %v: %.0f events a second; %d messages, %d equal; not judged: %v",
		result.Events, result.Copies, result.Brought, took, float64(result.Events)/took.Seconds(), result.Messages, result.Equal, result.NotJudged)

	return result
}

// same holds that the code and the settings of then make no difference.
func same(t *testing.T, c *corpus) {
	t.Helper()

	result := run(t, c.options())
	for _, line := range summary(result.Differences) {
		t.Error(line)
	}

	if result.Equal != result.Messages || result.Messages < c.inside/2 {
		t.Errorf("%d of %d messages are equal", result.Equal, result.Messages)
	}

	left := 0
	for why, n := range result.NotJudged {
		left += n

		if !slices.Contains([]string{"it waits beyond the end of the day", "it was made before the day"}, why) {
			t.Errorf("%d not judged, since %s", n, why)
		}
	}

	if left > result.Messages/10 {
		t.Errorf("%d messages are not judged beside %d that are", left, result.Messages)
	}

	if !testkit.Thorough() {
		return
	}

	// The day has all that makes a replay hard.
	for what, there := range c.counts() {
		if there == 0 {
			t.Errorf("the corpus has no message that was %s", what)
		}
	}
}

// counts says how many messages of the day ended how.
func (c *corpus) counts() map[string]int {
	counts := map[string]int{"sent": 0, "superseded": 0, "expired": 0, "opted_out": 0, "kept for quiet hours": 0, "decided on twice": 0}

	for _, one := range c.messages() {
		switch {
		case sent(&one):
			counts["sent"]++
		default:
			counts[string(one.Reason)]++
		}

		if one.Grounds.At > one.CreatedAt.UnixMilli() {
			counts["kept for quiet hours"]++
		}
		if one.SecondLook {
			counts["decided on twice"]++
		}
	}

	return counts
}

// messages are those of the day, as they are stored.
func (c *corpus) messages() []message.Message {
	var all []message.Message

	q := store.LogQuery{AccountID: rig.BrandID, From: dayBegins, Until: dayEnds}
	for {
		page, err := c.Parts.Store.SendLog(c.T.Context(), q, 1000)
		c.Must(err)

		all = append(all, page...)
		if len(page) < 1000 {
			return all
		}

		last := page[len(page)-1]
		q.After = &store.LogPlace{CreatedAt: last.CreatedAt, ID: last.ID}
	}
}

// changed holds that exactly those messages are otherwise that must be: with an event off, other variables in a template, another price, and
// two faults in the code, which reads no number in some of the orders, and nothing at all in others.
func changed(t *testing.T, c *corpus) {
	t.Helper()

	faulty := func(orderID string) bool { return strings.HasSuffix(orderID, "7") }
	broken := func(orderID string) bool { return strings.HasSuffix(orderID, "33") }

	// The morning is enough, and half the work.
	noon := dayBegins.Add(12 * time.Hour)
	o := c.options()
	o.Events = slices.DeleteFunc(slices.Clone(o.Events), func(e Event) bool { return !e.PublishedAt.Before(noon) })
	o.Cards = []billing.Card{card(200_000)}
	o.Change = func(a account.Account) (account.Account, error) {
		off := a.Events["shipment/intransit"]
		off.Enabled = false
		a.Events["shipment/intransit"] = off

		other := a.Events["shipment/failed_delivery"]
		other.Filling.Variables = []string{"customer_order_id", "customer_name"}
		a.Events["shipment/failed_delivery"] = other

		return a, nil
	}
	o.before = func(e *Event) {
		parsed, err := order.ParseEvent(e.Data, e.Attributes, o.Zone)
		if err == nil && broken(parsed.OrderID) {
			e.Data = e.Data[:len(e.Data)-1]
		}
		if err == nil && faulty(parsed.OrderID) {
			e.Data = bytes.ReplaceAll(e.Data, []byte(`"customerContactNumber"`), []byte(`"customerContact"`))
		}
	}

	result := run(t, o)

	want, either := map[string][]string{}, map[string]bool{}
	for _, one := range c.messages() {
		if one.Grounds.At >= noon.UnixMilli() {
			continue
		}
		if !sent(&one) && faulty(one.OrderID) {
			either[one.ID] = true // it was refused already: whether for that before the number is looked at is the checks' business
			continue
		}

		switch what := otherwise(one, faulty(one.OrderID)); {
		case broken(one.OrderID):
			want[one.ID] = []string{string(Fails)}
		case len(what) > 0:
			want[one.ID] = what
		}
	}

	got := map[string][]string{}
	for _, d := range result.Differences {
		if either[d.MessageID] || d.Kind == Fails && d.Event == "" { // an event without a message, which was off
			continue
		}
		if d.Kind == Fails && broken(d.OrderID) && want[d.MessageID] == nil { // its message is of another day, or was decided on later
			continue
		}

		got[d.MessageID] = append(got[d.MessageID], string(d.Kind))
	}

	if !result.Fails() {
		t.Error("the code cannot read some of the events, and nobody says so")
	}

	judged := map[string]bool{}
	for id := range got {
		judged[id] = true
	}

	// What waits beyond the day is not judged, nor what was refused before it, whatever it would be.
	for id := range want {
		one, err := c.Parts.Store.Message(t.Context(), id)
		c.Must(err)

		switch {
		case judged[id]:
		case one.SecondLook || one.Grounds.At >= noon.UnixMilli():
			delete(want, id)
		default:
			t.Logf("not found otherwise: %s of order %s, %s as %q, seen %+v", one.Event, one.OrderID, one.Phase, one.Reason, one.Grounds)
		}
	}

	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%.4000s", diff)
	}

	for _, line := range summary(result.Differences) {
		t.Log(line)
	}
}

// today holds that a message which would be sent as well with the settings of today says and costs what those make of it: the template has
// another text since, and the account no mark-up.
func today(t *testing.T, c *corpus) {
	t.Helper()

	o := c.options()
	o.Now = true
	o.Events = slices.DeleteFunc(slices.Clone(o.Events), func(e Event) bool { return !e.PublishedAt.Before(dayBegins.Add(7 * time.Hour)) })

	ids := map[Kind]map[string]bool{Text: {}, Price: {}, Vanishes: {}}
	for _, d := range run(t, o).Differences {
		if all := ids[d.Kind]; all != nil && (d.Kind != Text || strings.Contains(d.What, "has another text")) {
			all[d.MessageID] = true
		}
	}

	if diff := cmp.Diff(ids[Price], ids[Text]); diff != "" || len(ids[Text]) == 0 || len(ids[Vanishes]) == 0 {
		t.Errorf("%d have another text, %d vanish; (-price +text):\n%s", len(ids[Text]), len(ids[Vanishes]), diff)
	}
}

// otherwise returns the kinds of differences that a message of the day must have with what [changed] changes.
func otherwise(one message.Message, faulty bool) (kinds []string) {
	off := one.Event == "shipment/intransit"

	switch {
	case sent(&one) && (off || faulty):
		return []string{string(Vanishes)}
	case sent(&one):
		if one.Event == "shipment/failed_delivery" {
			kinds = append(kinds, string(Text), string(Text)) // two places
		}
		return append(kinds, string(Price))
	case off:
		return []string{string(Reason)}
	default:
		return nil
	}
}

// summary counts differences of one kind.
func summary(all []Difference) []string {
	counts := map[string]int{}
	for _, d := range all {
		counts[fmt.Sprintf("%s %s: %s", d.Kind, d.Event, d.What)]++
	}

	lines := make([]string, 0, len(counts))
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		lines = append(lines, fmt.Sprintf("%d × %s", counts[what], what))
	}

	return lines
}
