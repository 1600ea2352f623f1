package converse_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/rig"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/meta"
)

// standard is the account's standard text in all conversations.
const standard = "We do not read this number. Call 1800 000 000."

// talker is a shopper who was told of a failed delivery, and talks.
type talker struct {
	*rig.Rig

	provider string
	// shared says that the app is the platform's.
	shared bool
}

// newTalker sends the failed delivery, whose template has these buttons.
func newTalker(t *testing.T, o rig.Options) *talker {
	t.Helper()

	r := rig.New(t, o)
	r.ChangeAccount(func(a *account.Account) {
		a.TimeZone = "Asia/Kolkata"
		a.Unexpected = &account.UnexpectedReplies{Enabled: true, Text: standard}
	})
	r.Hand(r.Hooks, r.First())
	r.Settle(r.Hooks)

	return &talker{Rig: r}
}

// does has the shopper answer, and the world take it in.
func (s *talker) does(reply simulator.Reply) {
	s.T.Helper()

	if _, err := s.Sim.Phones().Reply(rig.Shopper, reply); err != nil {
		s.T.Fatalf("%+v: %v; the phone shows %s", reply, err, s.phone())
	}

	s.goesOn()
}

// goesOn lets a minute pass.
func (s *talker) goesOn() {
	s.T.Helper()

	for range 2 {
		s.Clock.Advance(20 * time.Second)
		s.Round(s.Hooks)
	}
}

// waits lets time pass.
func (s *talker) waits(d time.Duration) {
	s.T.Helper()
	s.Clock.Advance(d)
	s.goesOn()
}

// answers are the session messages on the phone, oldest first, each with its buttons.
func (s *talker) answers() []string { return s.answersTo(rig.Shopper) }

func (s *talker) answersTo(phone string) []string {
	var all []string
	for _, m := range s.Sim.Phones().Inbox(phone) {
		if m.Template == "" {
			all = append(all, strings.TrimSpace(m.Text+" "+strings.Join(m.Buttons, "|")))
		}
	}

	return all
}

func (s *talker) phone() string {
	return fmt.Sprintf("%+v", s.Sim.Phones().Inbox(rig.Shopper))
}

// resolutions are what the platform took, in words.
func (s *talker) resolutions() []string {
	var all []string
	for _, r := range s.Sim.Platform().Resolutions() {
		text := r.Request.ResolutionCode + " " + r.Request.TrackingID
		if r.Request.ActionSource != "whatsapp" || r.Repeat {
			text += " unexpected"
		}
		if r.Request.DeferredDate != "" {
			text += " " + r.Request.DeferredDate
		}
		if d := r.Request.ShippingDetails; d != nil {
			text += fmt.Sprintf(" landmark=%s notes=%s", d.Landmark, d.Notes)
		}

		all = append(all, text)
	}

	return all
}

// actions are what the order's activity shows of the shopper's answers, each id once.
func (s *talker) actions() []string {
	var ids, all []string
	for _, m := range s.Published(world.CustomerNotifications) {
		if m.GetAttributes()["eventSubType"] != "customer_reply" || slices.Contains(ids, m.GetAttributes()["id"]) {
			continue
		}

		var event struct {
			Response struct {
				Action string `json:"action_taken"`
			} `json:"response_data"`
		}
		s.Must(json.Unmarshal(m.GetData(), &event))
		ids = append(ids, m.GetAttributes()["id"])
		all = append(all, event.Response.Action)
	}

	return all
}

// TestTapBecomesAction is the way of a tap from the phone to the platform.
func TestTapBecomesAction(t *testing.T) {
	t.Parallel()

	s := newTalker(t, rig.Options{Provider: meta.Name})
	s.does(simulator.Reply{Button: "Try again"})

	if got := s.answers(); len(got) != 1 || !strings.HasSuffix(got[0], "No, send it") {
		t.Fatalf("got answers %q; %s", got, s.Describe())
	}
	if got := s.resolutions(); len(got) != 0 {
		t.Fatalf("got %q before an answer", got)
	}

	s.does(simulator.Reply{Text: "Near the water tank"})

	want := []string{"ACTF001 DL0099887766 landmark=Near the water tank notes="}
	if got := s.resolutions(); !slices.Equal(got, want) {
		t.Fatalf("got %q, want %q; %s", got, want, s.Describe())
	}
	if got := s.answers(); len(got) != 2 || !strings.HasPrefix(got[1], "Done") {
		t.Errorf("got answers %q", got)
	}
	if got, want := s.actions(), []string{"Request delivery attempt", "Replied with a text", "Request delivery attempt: accepted"}; !slices.Equal(got, want) {
		t.Errorf("got activity %q, want %q", got, want)
	}
}
