package kill_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/outcome"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
	"github.com/eshopbox/whatsapp-notifications/shared/testkit"
)

// attempt names one attempt of one message.
type attempt struct {
	message string
	number  int
}

// found is what deaths have left behind, as it was seen while the process was dead, each thing once.
type found struct {
	claimed  map[attempt]bool // claimed, and the provider has not got it
	posted   map[attempt]bool // the provider has it, and it is not recorded
	unheeded map[promise]bool // a callback is acknowledged, and not applied
	heeded   map[promise]bool // callbacks that need not be looked at again
}

func newFound() *found {
	return &found{claimed: map[attempt]bool{}, posted: map[attempt]bool{}, unheeded: map[promise]bool{}, heeded: map[promise]bool{}}
}

// inspect looks at the store and at the provider while a process is dead. It says nothing of what it cannot read in time,
// and nothing at all while there is no store.
func (r *rig) inspect(f *found, p *promises) {
	if r.procs[cloudName].Dead() {
		return
	}
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Second)
	defer cancel()
	// What the dead have sent may still be on its way into the provider.
	testkit.Poll(time.Second, func() bool { return r.gate.sending() == 0 })
	r.inspectMessages(ctx, f)
	r.inspectPromises(ctx, f, p.list())
}

func (r *rig) inspectMessages(ctx context.Context, f *found) {
	open, err := r.parts.Store.DueMessages(ctx, time.Now().Add(24*time.Hour), 1000)
	if err != nil {
		return
	}
	accepted := r.accepted()
	for _, m := range open {
		if m.Phase != message.Claimed || m.Recorded() {
			continue
		}
		a := attempt{m.ID, m.Attempt}
		if len(accepted[m.Activity.OrderNumber]) > 0 {
			f.posted[a] = true
		} else {
			f.claimed[a] = true
		}
	}
}

func (r *rig) inspectPromises(ctx context.Context, f *found, all []promise) {
	for _, p := range all {
		if f.heeded[p] {
			continue
		}
		switch kept, err := r.kept(ctx, p); {
		case err != nil:
			return
		case kept:
			f.heeded[p] = true
		default:
			f.unheeded[p] = true
		}
	}
}

// kept reports whether an acknowledged callback has had its effect.
func (r *rig) kept(ctx context.Context, p promise) (bool, error) {
	if p.reply != "" {
		_, err := r.parts.Store.Reply(ctx, p.replyID())
		if errors.Is(err, store.ErrNotFound) {
			return false, nil
		}
		return err == nil, err
	}
	m, err := r.parts.Store.MessageByProviderIDs(ctx, p.brand.app, []string{p.message})
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	for _, a := range m.Attempts {
		if a.At[string(message.StatusSent)] == p.at.UnixMilli() {
			return true, nil
		}
	}
	return false, nil
}

// accepted are the messages that the provider took, by their order numbers.
func (r *rig) accepted() map[string][]simulator.Accepted {
	all := map[string][]simulator.Accepted{}
	for _, a := range r.sim.Log().Accepted() {
		all[numberOf(a)] = append(all[numberOf(a)], a)
	}
	return all
}

// confirm counts the findings that the end of the story bears out: an attempt found unposted never reached the provider,
// and one found unrecorded was never recorded by the one who posted it. Others were on their way after all.
func (f *found) confirm(log map[string]message.Message) (claimed, posted int) {
	for a := range f.claimed {
		if end := log[a.message].AttemptAt(a.number); len(end.IDs) == 0 && end.Rank == message.RankNone {
			claimed++
		}
	}
	for a := range f.posted {
		end := log[a.message].AttemptAt(a.number)
		if _, recorded := end.At[string(message.StatusAccepted)]; !recorded {
			posted++
		}
	}
	return claimed, posted
}

// settled reports whether nothing is left to happen: no message is due, no status is parked, no callback waits, and every
// occurrence has a message that was read. The text says what is left.
func (r *rig) settled(all []occurrence, p *promises, f *found) (string, bool) {
	ctx, cancel := context.WithTimeout(r.t.Context(), 5*time.Second)
	defer cancel()
	later := time.Now().Add(24 * time.Hour)
	due, err := r.parts.Store.DueMessages(ctx, later, 1000)
	if err != nil {
		return err.Error(), false
	}
	parked, err := r.parts.Store.DueParked(ctx, later, 1000)
	if err != nil {
		return err.Error(), false
	}
	r.inspectPromises(ctx, f, p.list())
	missing := 0
	for _, one := range p.list() {
		if !f.heeded[one] {
			missing++
		}
	}
	var left strings.Builder
	fmt.Fprintf(&left, "%d of %d accepted, %d due, %d parked, %d callbacks to come, %d acknowledged and not applied",
		r.sim.Log().AcceptedCount(), len(all), len(due), len(parked), r.sim.Outbox().Waiting(), missing)
	for _, m := range due[:min(len(due), 5)] {
		fmt.Fprintf(&left, "; %s %s attempt %d tries %d due in %s", m.Activity.OrderNumber, m.Phase, m.Attempt, m.Tries, time.Until(m.Due).Round(time.Millisecond))
	}
	if len(due)+len(parked)+r.sim.Outbox().Waiting()+missing > 0 {
		return left.String(), false
	}
	log := r.sendLog(ctx, all)
	unread := 0
	for _, messages := range log {
		for _, m := range messages {
			if lacks(m) != "" {
				unread++
			}
			if m.Status() == message.StatusGivenUp {
				r.reopen(ctx, m)
			}
		}
	}
	fmt.Fprintf(&left, ", %d of %d in the log, %d of them unfinished", len(log), len(all), unread)
	return left.String(), len(log) == len(all) && unread == 0
}

// reopen does what a person does with a message both of whose attempts died with their workers before the provider had them, once the
// provider's own list was looked at.
func (r *rig) reopen(ctx context.Context, m message.Message) {
	if taken := len(r.accepted()[m.Activity.OrderNumber]); m.Doubts < 2 || taken > 0 {
		r.t.Errorf("%s was given up after %d doubts, and the provider has it %d times: %s", m.Activity.OrderNumber, m.Doubts, taken, m.ID)
		return
	}
	r.t.Logf("%s died twice with its workers and is reopened", m.Activity.OrderNumber)
	if err := outcome.Reopen(ctx, r.parts.Store, m, time.Now()); err != nil && !store.IsConflict(err) {
		r.t.Error(err)
	}
}

// lacks is what the provider has told of a message that was read, and that is not recorded; empty if all of it is.
func lacks(m message.Message) string {
	var missing []string
	for _, s := range []message.Status{message.StatusEnqueued, message.StatusSent, message.StatusDelivered, message.StatusRead} {
		told := false
		for _, a := range m.Attempts {
			told = told || a.At[string(s)] != 0
		}
		if !told {
			missing = append(missing, string(s))
		}
	}
	if m.Status() != message.StatusRead {
		missing = append(missing, "its end as read")
	}
	billed := false
	for kind, price := range m.Pricing {
		billed = billed || strings.HasSuffix(kind, "billing") && price.Known
	}
	if !billed {
		missing = append(missing, "its price")
	}
	return strings.Join(missing, ", ")
}

// sendLog reads the messages of all occurrences, by their order numbers.
func (r *rig) sendLog(ctx context.Context, all []occurrence) map[string][]message.Message {
	orders := make(chan string)
	log := map[string][]message.Message{}
	var mu sync.Mutex
	var readers sync.WaitGroup
	for range 8 {
		readers.Go(func() {
			for order := range orders {
				messages, err := r.parts.Store.MessagesOfOrderInAllAccounts(ctx, order)
				if err != nil {
					continue // it shows as missing
				}
				mu.Lock()
				for _, m := range messages {
					log[m.Activity.OrderNumber] = append(log[m.Activity.OrderNumber], m)
				}
				mu.Unlock()
			}
		})
	}
	seen := map[string]bool{}
	for _, o := range all {
		if !seen[o.order] {
			seen[o.order] = true
			orders <- o.order
		}
	}
	close(orders)
	readers.Wait()
	return log
}

// check asserts that each occurrence became one message, accepted once and read, with all that was told of it, and returns
// the messages by id.
func (r *rig) check(t *testing.T, all []occurrence, p *promises) map[string]message.Message {
	t.Helper()
	log, accepted := r.sendLog(t.Context(), all), r.accepted()
	byID := map[string]message.Message{}
	for _, o := range all {
		if n := len(accepted[o.number]); n != 1 {
			t.Errorf("%s was accepted by the provider %d times, want once: %s", o.number, n, story(log[o.number]))
		}
		if n := len(log[o.number]); n != 1 {
			t.Errorf("%s has %d entries in the send log, want 1", o.number, n)
			continue
		}
		m := log[o.number][0]
		byID[m.ID] = m
		if missing := lacks(m); missing != "" {
			t.Errorf("%s lacks %s: %s", o.number, missing, story(log[o.number]))
		}
		if m.OccurredAt != o.occurred.Unix() || m.AccountID != o.brand.account || m.OrderID != o.order {
			t.Errorf("%s is recorded as occurrence %d of order %s of account %s", o.number, m.OccurredAt, m.OrderID, m.AccountID)
		}
	}
	for number := range accepted {
		if len(log[number]) == 0 {
			t.Errorf("the provider accepted %q, of which the send log knows nothing", number)
		}
	}
	for _, one := range p.list() {
		if kept, err := r.kept(t.Context(), one); err != nil || !kept {
			t.Errorf("acknowledged and lost: reply %q, report on %q: %v", one.reply, one.number, err)
		}
	}
	return byID
}

// story tells a message's attempts, for a failed assertion.
func story(messages []message.Message) string {
	var text strings.Builder
	for _, m := range messages {
		fmt.Fprintf(&text, "%s %s, resent %t", m.ID, m.Phase, m.Resent)
		for n, a := range m.Attempts {
			fmt.Fprintf(&text, "; attempt %s claimed %s, rank %d, ids %v, at %v, %s %s", n,
				time.UnixMilli(a.ClaimedAt).Format(time.TimeOnly+".000"), a.Rank, a.IDs, a.At, a.Class, a.Code)
		}
	}
	return text.String()
}
