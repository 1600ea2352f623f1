package rig

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
)

// UnderWay returns 1 while a worker has claimed a message and not recorded its post, else 0.
func (r *Rig) UnderWay() int {
	for _, m := range r.Messages() {
		if m.Phase == message.Claimed && !m.Recorded() {
			return 1
		}
	}

	return 0
}

// CheckOne asserts that the order has one message, with that status, and that the provider accepted it once.
func (r *Rig) CheckOne(t *testing.T, want message.Status) {
	t.Helper()
	if got := r.Sim.Log().AcceptedCount(); got != 1 {
		t.Errorf("accepted: got %d, want 1", got)
	}

	all := r.Messages()
	if len(all) != 1 || all[0].Status() != want {
		t.Fatalf("send log: got %d entries %v, want one %s; %s", len(all), Statuses(all), want, r.Describe())
	}

	r.CheckEndings(t)
}

// CheckLog asserts that every accepted message is read, that each occurrence has one entry, and that every other entry has a
// reason.
func (r *Rig) CheckLog(t *testing.T, accepted int) {
	t.Helper()

	all := r.Messages()
	seen := map[string]bool{}

	read := 0
	for _, m := range all {
		occurrence := fmt.Sprint(m.Event, m.OccurredAt)
		if seen[occurrence] {
			t.Errorf("send log: two entries of %s", occurrence)
		}

		seen[occurrence], seen[m.Event] = true, true
		switch m.Status() {
		case message.StatusRead:
			read++
		case message.StatusRefused, message.StatusDropped:
			if m.Reason == "" {
				t.Errorf("%s is %s without a reason", m.Event, m.Status())
			}
		default:
			t.Errorf("%s rests as %s", m.Event, m.Status())
		}
	}
	if read != accepted {
		t.Errorf("send log: got %d read, want %d: %v; %s", read, accepted, Statuses(all), r.Describe())
	}
	if !seen[r.Vendor.kind] {
		t.Errorf("send log: the event has no entry; %s", r.Describe())
	}

	r.CheckEndings(t)
}

// Statuses returns event, status and reason of each message, for failure texts.
func Statuses(all []message.Message) []string {
	var out []string
	for _, m := range all {
		out = append(out, fmt.Sprintf("%s %s %s", m.Event, m.Status(), m.Reason))
	}
	return out
}

// SoleOf returns the one message of a parcel's order.
func (r *Rig) SoleOf(p Parcel) message.Message {
	r.T.Helper()
	all, err := r.Parts.Store.MessagesOfOrderInAllAccounts(r.T.Context(), p.Order)
	r.Must(err)
	if len(all) != 1 {
		r.T.Fatalf("order %s has %d messages; %s", p.Order, len(all), r.Describe())
	}

	return all[0]
}

// Sole returns the order's one message.
func (r *Rig) Sole(t *testing.T) message.Message {
	t.Helper()

	all := r.Messages()
	if len(all) != 1 {
		t.Fatalf("send log: got %d entries %v, want 1; %s", len(all), Statuses(all), r.Describe())
	}

	return all[0]
}

// ByStatus counts the order's messages by status.
func (r *Rig) ByStatus() map[message.Status]int {
	counts := map[message.Status]int{}
	for _, m := range r.Messages() {
		counts[m.Status()]++
	}
	return counts
}

// checkUnreported asserts, for a provider without callbacks, that nothing was accepted twice, and that each entry says what
// can be known: accepted, or in doubt.
func (r *Rig) checkUnreported(t *testing.T, most int) {
	t.Helper()

	seen, got := map[string]bool{}, r.Sim.Log().AcceptedCount()
	if got > most {
		t.Errorf("accepted by the provider: got %d, want at most %d; %s", got, most, r.Describe())
	}

	told := 0
	for _, m := range r.Messages() {
		occurrence := fmt.Sprint(m.Subject, m.Event, m.OccurredAt)
		if seen[occurrence] {
			t.Errorf("send log: two entries of %s", m.Event)
		}

		seen[occurrence] = true
		accepted := r.TimesAccepted(m)

		told += accepted
		switch s := m.Status(); {
		case accepted > 1:
			t.Errorf("%s was accepted %d times; %s", occurrence, accepted, r.Describe())
		case s == message.StatusAccepted && accepted == 1:
		case s == message.StatusGivenUp:
		case (s == message.StatusRefused || s == message.StatusDropped) && m.Reason != "" && accepted == 0:
		default:
			t.Errorf("%s rests as %s %s with %d accepted; %s", m.Event, s, m.Reason, accepted, r.Describe())
		}
	}
	if told != got {
		t.Errorf("the log has the messages of %d that were accepted, want %d; %s", told, got, r.Describe())
	}
	if len(seen) == 0 {
		t.Errorf("send log: the event has no entry; %s", r.Describe())
	}
}

// remarkOf returns the remark of a message's event, which tells the messages apart where the template repeats it. The rig's
// second failed delivery is dated a day ahead, so its message bears the time of publication.
func remarkOf(m message.Message) string {
	if m.OccurredAt == time.Date(2024, 2, 13, 15, 20, 41, 0, config.IST).Unix() {
		return "customer not reachable"
	}
	return "customer asked for another day"
}

// TimesAccepted returns how often the provider accepted a message. It knows the message by its shipment where the provider
// gets events, and by its remark where it gets a template.
func (r *Rig) TimesAccepted(m message.Message) int {
	times := 0
	if r.Vendor.TemplateID == "" {
		for _, told := range r.Sim.BusinessOnBot().Inbox() {
			if strings.Contains(string(told.Body), m.Subject) {
				times++
			}
		}

		return times
	}

	for _, a := range r.Sim.Log().Accepted() {
		if slices.Contains(a.Params, remarkOf(m)) {
			times++
		}
	}

	return times
}
