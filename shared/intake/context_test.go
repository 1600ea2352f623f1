package intake_test

import (
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
)

const laterID = "wamid.LATER"

// A STOP from another spelling answers our message by an id that becomes known afterwards: it concerns the message's customer as
// soon as that is known, no matter who tells the id, and as of when it was said. Its own number does not wait.
func TestStopThatAnswersWhatIsKnownLater(t *testing.T) {
	t.Parallel()
	names := func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		take(t, r, of, provider.Event{Kind: provider.KindStatus, Status: &provider.StatusEvent{
			IDs: []string{r.Sim.Log().Accepted()[0].MessageID, laterID}, Status: message.StatusDelivered, Recipient: rig.Shopper,
		}})
	}
	records := func(t *testing.T, r *rig.Rig, of provider.Origin) {
		t.Helper()
		r.Must(r.Parts.Store.Record(t.Context(), message.Progress{MessageID: r.Sole(t).ID, Attempt: 1, AppID: of.AppID, IDs: []string{laterID}}))
	}
	subscribes := func(_ *testing.T, r *rig.Rig, _ provider.Origin) { r.SubscribeShopper(consent.Grant) }
	for _, of := range []provider.Origin{ownApp, platformApp} {
		for name, tt := range map[string]struct {
			word  string
			after []func(*testing.T, *rig.Rig, provider.Origin)
			want  consent.Status
		}{
			"a status names it":                 {"STOP", []func(*testing.T, *rig.Rig, provider.Origin){names}, consent.Inactive},
			"the send is recorded":              {"STOP", []func(*testing.T, *rig.Rig, provider.Origin){records}, consent.Inactive},
			"subscribed again before":           {"STOP", []func(*testing.T, *rig.Rig, provider.Origin){subscribes, names}, consent.Active},
			"subscribed again since":            {"STOP", []func(*testing.T, *rig.Rig, provider.Origin){names, subscribes}, consent.Active},
			"nobody names it":                   {"STOP", nil, consent.Active},
			"a START concerns its number alone": {"START", []func(*testing.T, *rig.Rig, provider.Origin){names}, consent.Active},
			"another word":                      {"hello", []func(*testing.T, *rig.Rig, provider.Origin){names}, consent.Active},
		} {
			t.Run(name+" at "+of.AccountID, func(t *testing.T) {
				t.Parallel()
				r := recorded(t)
				says(t, r, of, "in-1", tt.word, otherSpelling, "", laterID)
				said := r.Clock.Now()
				if tt.word == "STOP" && of == ownApp {
					if got, _ := statusOf(t, r, otherSpelling); got != consent.Inactive {
						t.Errorf("its own number, before the id is known: got %q", got)
					}
				}
				for _, step := range tt.after {
					r.Clock.Advance(time.Minute)
					step(t, r, of)
					r.CallSweep(r.Hooks)
					r.Clock.Advance(time.Hour)
					r.CallSweep(r.Hooks)
				}

				state, ledger := r.CheckChain(t)
				if state.Status != tt.want {
					t.Errorf("got %s with %s, want %s", state.Status, rig.ActionsOf(ledger), tt.want)
				}
				if last := ledger[len(ledger)-1]; tt.want == consent.Inactive && !last.OccurredAt.Truncate(time.Second).Equal(said) {
					t.Errorf("it counts from %s, want %s", last.OccurredAt, said)
				}
				r.Clock.Advance(24 * time.Hour)
				r.CallSweep(r.Hooks)
				parked, err := r.Parts.Store.DueParked(t.Context(), r.Clock.Now().Add(time.Hour), 10)
				if r.Must(err); (len(parked) > 0) != (tt.after == nil) {
					t.Errorf("parked: got %d", len(parked))
				}
			})
		}
	}
}
