package intake_test

import (
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/local/cloud/firestore"
	simmeta "github.com/eshopbox/whatsapp-notifications/shared/local/simulator/meta"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/tenant"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// A STOP or START from the spelling by which the provider calls the shopper concerns the customer whom we send to, in whatever order
// the two are told, and the last word holds.
func TestWordsFromTheProvidersSpelling(t *testing.T) {
	t.Parallel()
	for _, of := range []provider.Origin{ownApp, platformApp} {
		for name, tt := range map[string]struct {
			steps []string
			want  consent.Status
		}{
			"named, then STOP":                   {[]string{"named", "STOP"}, consent.Inactive},
			"STOP, then named":                   {[]string{"STOP", "named"}, consent.Inactive},
			"STOP, named, START":                 {[]string{"STOP", "named", "START"}, consent.Active},
			"STOP, START, then named":            {[]string{"STOP", "START", "named"}, consent.Active},
			"START, STOP, then named":            {[]string{"START", "STOP", "named"}, consent.Inactive},
			"withdrawn, START, then named":       {[]string{"withdrawn", "START", "named"}, consent.Active},
			"START, withdrawn, then named":       {[]string{"START", "withdrawn", "named"}, consent.Inactive},
			"STOP, subscribed again, then named": {[]string{"STOP", "subscribed", "named"}, consent.Active},
			"another word":                       {[]string{"withdrawn", "named", "hello"}, consent.Inactive},
			"called, STOP and id, START by id":   {[]string{"named", "STOP and id", "START by id"}, consent.Active},
			"both told, STOP and id, START":      {[]string{"id named", "named", "STOP and id", "START by id"}, consent.Active},
			"id told, hello and id, STOP by id":  {[]string{"id named", "hello and id", "STOP by id"}, consent.Inactive},
			"hello and id, id told, STOP by id":  {[]string{"hello and id", "id named", "STOP by id"}, consent.Inactive},
			"hello and id, called, STOP by id":   {[]string{"hello and id", "named", "STOP by id"}, consent.Inactive},
		} {
			t.Run(name+" at "+of.AccountID, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				for _, step := range tt.steps {
					r.Clock.Advance(time.Minute)
					switch step {
					case "named":
						reportsTo(t, r, of, message.StatusDelivered, otherSpelling, "")
					case "withdrawn":
						r.SubscribeShopper(consent.Withdraw)
					case "subscribed":
						r.SubscribeShopper(consent.Grant)
					case "id named":
						reportsTo(t, r, of, message.StatusDelivered, rig.Shopper, rig.ShopperUser)
					default:
						word, how, _ := strings.Cut(step, " ")
						from := map[string][2]string{"": {otherSpelling}, "and id": {otherSpelling, rig.ShopperUser}, "by id": {"", rig.ShopperUser}}[how]
						says(t, r, of, step, word, from[0], from[1])
					}
				}
				if state, ledger := r.CheckChain(t); state.Status != tt.want {
					t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), tt.want)
				}
			})
		}
	}
}

// The answer to a send, too, tells by which number the provider calls the shopper: a STOP from it before any status stops the next
// message.
func TestStopFromTheSpellingOfTheAnswer(t *testing.T) {
	t.Parallel()
	of := provider.Origin{Provider: meta.Name, AppID: "meta-neem", AccountID: rig.BrandID}
	r := rig.New(t, rig.Options{Provider: meta.Name})
	r.HeldBack = true
	r.Must(r.Sim.Meta().SetBehaviour(rig.MetaNumberID, simmeta.Behaviour{
		Behaviour: tenant.Behaviour{Callbacks: true, Hold: true},
		Spelled:   otherSpelling,
	}))
	r.Hand(r.Hooks, r.First())
	says(t, r, of, "stop", "STOP", otherSpelling, "")
	if state, ledger := r.CheckChain(t); state.Status != consent.Inactive {
		t.Errorf("got %s with %s, want INACTIVE", state.Status, rig.ActionsOf(ledger))
	}
	r.Hand(r.Hooks, r.EventData(r.Another(2)))
	if got := r.Sim.Log().AcceptedCount(); got != 1 {
		t.Errorf("accepted %d of %v, want 1", got, rig.Statuses(r.Messages()))
	}
}

// A status that calls the shopper by the number that we sent to costs nothing more. The first of a message that calls them by another
// one costs two reads and one write more, and none after.
func TestBudgetOfAnotherSpelling(t *testing.T) {
	t.Parallel()
	for _, number := range []string{rig.Shopper, otherSpelling} {
		r := recorded(t)
		taker := newIntake(r, r.Hooks)
		costs := func(status message.Status, number string) firestore.Counts {
			t.Helper()
			r.Cloud.Firestore().ResetCounts()
			_, err := taker.Receive(t.Context(), callback(r, provider.Event{Kind: provider.KindStatus, At: r.Clock.Now().UnixMilli(), Status: &provider.StatusEvent{
				IDs: []string{r.Sim.Log().Accepted()[0].MessageID}, Status: status, Recipient: number,
			}}))
			r.Must(err)

			return r.Cloud.Firestore().Counts()
		}
		costs(message.StatusSent, "") // also writes when the app answered
		want := firestore.Counts{Writes: 1}
		first := want
		if number != rig.Shopper {
			first = firestore.Counts{Reads: 2, Writes: 2}
		}
		if got := costs(message.StatusDelivered, number); got != first {
			t.Errorf("the first: got %+v, want %+v", got, first)
		}
		if got := costs(message.StatusRead, number); got != want {
			t.Errorf("the next: got %+v, want %+v", got, want)
		}
	}
}
