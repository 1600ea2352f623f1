package intake_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

// permute calls visit with every order of the words.
func permute(words []string, visit func(order []string)) {
	var extend func(order, rest []string)
	extend = func(order, rest []string) {
		if len(rest) == 0 {
			visit(order)
		}
		for n := range rest {
			extend(append(slices.Clone(order), rest[n]), slices.Concat(rest[:n], rest[n+1:]))
		}
	}
	extend(nil, words)
}

// Two messages went to a shopper. In whatever order it is told that they were refused as not on WhatsApp, delivered or read, and
// that the shopper wrote, and however often each is told, the shopper ends in one state. A delivery takes back what that same
// message's refusal said, and nothing else.
func TestRefusalsAndDeliveriesInAnyOrder(t *testing.T) {
	t.Parallel()
	for told, want := range map[string]consent.Status{
		"A:failed:10 B:failed:20 A:delivered:30":             consent.NotReachable,
		"A:failed:20 B:failed:10 A:delivered:15":             consent.NotReachable,
		"A:failed:10 B:failed:20 A:delivered:30 B:read:40":   consent.Active,
		"A:failed:10 A:failed:30 A:delivered:20":             consent.Active,
		"A:failed:10 A:failed:30 shopper:wrote:20":           consent.Active,
		"A:failed:10 B:failed:30 shopper:wrote:20":           consent.NotReachable,
		"A:failed:10 shopper:wrote:10":                       consent.Active,
		"A:failed:10 A:failed:30 shopper:wrote:10":           consent.Active,
		"A:failed:10 B:failed:30 shopper:wrote:20 B:read:40": consent.Active,
		"A:failed:10 A:failed-otherwise:5 A:delivered:30":    consent.Active,
		"A:failed:10 shopper:START:10":                       consent.Active,
		"A:failed:10 shopper:START:9":                        consent.NotReachable,
		"A:failed:10 B:failed:30 shopper:START:20":           consent.NotReachable,
		"A:failed:10 A:failed:30 shopper:START:10":           consent.Active,
	} {
		t.Run(told, func(t *testing.T) {
			t.Parallel()
			permute(strings.Fields(told), func(order []string) {
				r := recorded(t)
				r.Hand(r.Hooks, r.EventData(r.Another(2)))
				ids := map[string]string{"A": r.Sim.Log().Accepted()[0].MessageID, "B": r.Sim.Log().Accepted()[1].MessageID}
				now := r.Clock.Now().Truncate(time.Second)
				r.Clock.Advance(time.Hour)

				for _, news := range order {
					tell(t, r, ids, now, news)
				}
				tell(t, r, ids, now, order[0]) // and once more, late

				if state, ledger := r.CheckChain(t); state.Status != want || consent.Fold(ledger).Status != want {
					t.Errorf("got %s, the ledger folds to %s with %s, want %s of %v", state.Status, consent.Fold(ledger).Status, rig.ActionsOf(ledger), want, order)
				}
			})
		})
	}
}

// tell has the provider tell "message:status:second" of one of two messages, or that the shopper wrote, twice.
func tell(t *testing.T, r *rig.Rig, ids map[string]string, start time.Time, news string) {
	t.Helper()
	var second int
	part := strings.Split(news, ":")
	_, err := fmt.Sscan(part[2], &second)
	r.Must(err)

	e := provider.Event{At: start.Add(time.Duration(second) * time.Second).UnixMilli()}
	switch status := message.Status(part[1]); part[0] {
	case "shopper":
		e.Kind = provider.KindReply
		e.Reply = &provider.ReplyEvent{ID: news, From: rig.Shopper, Type: "text", Text: part[1]}
	default:
		e.Kind = provider.KindStatus
		e.Status = &provider.StatusEvent{IDs: []string{ids[part[0]]}, Status: status, Recipient: rig.Shopper}
		switch part[1] {
		case "failed":
			e.Status.Failure = message.Failure{Class: message.ClassRecipient, Code: "131026", Cause: message.CauseNotOnWhatsApp}
		case "failed-otherwise":
			e.Status.Status = message.StatusFailed
			e.Status.Failure = message.Failure{Class: message.ClassBadRequest, Code: "131009"}
		}
	}

	take(t, r, ownApp, e)
}
