package scenario_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/provider/gupshup"
)

// failed is a failed delivery of an order.
func failed(orderID string) scenario.Step {
	return scenario.Step{Do: scenario.Event, Order: orderID, Event: "shipment/failed_delivery"}
}

// TestActorPlaysAnAfternoon has a shopper subscribe, choose another attempt, and write STOP: what the product makes of it is what it makes of the real routes.
func TestActorPlaysAnAfternoon(t *testing.T) {
	t.Parallel()
	s := newStage(t)

	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, failed(demo.IraOrder))
	said := s.does(scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Button: "Try again"}, Message: 1})
	if said.ID == "" {
		t.Error("an answer has no id")
	}
	s.passes(15 * time.Minute) // the shopper is asked for details, and gives none
	s.does(
		scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Text: "STOP"}},
		scenario.Step{Do: scenario.Until, Order: demo.IraOrder, Consent: "0"},
		failed(demo.IraOrder),
	)

	want := scenario.OrderEnd{
		Consent: "0",
		Messages: []scenario.MessageEnd{
			{Event: "shipment/failed_delivery", Status: "read", Attempts: 1},
			{Event: "session/failed_delivery", Status: "read", Attempts: 1},
			{Event: "session/failed_delivery", Status: "read", Attempts: 1},
			{Event: "shipment/failed_delivery", Status: "refused", Reason: "opted_out"},
		},
		Actions: []scenario.ActionEnd{{Code: "ACTF001", State: "accepted"}},
	}
	if diff := cmp.Diff(want, s.ends(demo.IraOrder)); diff != "" {
		t.Errorf("the end (-want +got):\n%s", diff)
	}

	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, scenario.Step{Do: scenario.Withdraw, Order: demo.IraOrder})
	if got := s.ends(demo.IraOrder).Consent; got != "0" {
		t.Errorf("after the box was cleared: got %q", got)
	}
}

// TestActorSaysWhatCannotBeDone names the key, and does nothing.
func TestActorSaysWhatCannotBeDone(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, tc := range []struct {
		step scenario.Step
		want string
	}{
		{failed("4711"), "order"},
		{scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Button: "Try again"}}, "button"},
		{scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Text: "hello"}, Message: 7}, "message"},
		{scenario.Step{Do: scenario.Key, App: demo.MarigoldApp, Key: "k"}, "app"},
		{scenario.Step{Do: scenario.Change, App: demo.NeemApp, Template: &scenario.Template{ID: "x", Text: "other"}}, "text"},
		{scenario.Step{Do: scenario.StartFault, Fault: "worker-sings"}, "fault"},
		{scenario.Step{Do: scenario.Until, Order: demo.IraOrder, Status: "read", For: scenario.Duration(time.Minute)}, "within 1m0s"},
	} {
		_, err := s.Do(t.Context(), tc.step)
		if err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%+v: got %v, want an error about %s", tc.step, err, tc.want)
		}
	}
	if n := s.shown(); n != 0 {
		t.Errorf("the phone shows %d messages", n)
	}
}

// TestFaultsStrikeAndAreMended starts a fault of each kind, sees it in force, and mends it.
func TestFaultsStrikeAndAreMended(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder})

	inForce := func() (ids []string) {
		for _, f := range s.InForce() {
			ids = append(ids, f.ID)
		}
		return ids
	}
	for _, step := range []scenario.Step{
		{Do: scenario.StartFault, Fault: "gupshup-502-after"},
		{Do: scenario.StartFault, Fault: "platform-down"},
		{Do: scenario.StartFault, Fault: "pubsub-answer-lost", Times: 30},
		{Do: scenario.StartFault, Fault: "pubsub-answer-lost", Times: 20},
	} {
		if _, err := s.Do(t.Context(), step); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"gupshup-502-after", "platform-down", "pubsub-answer-lost"}, inForce()); diff != "" {
		t.Errorf("in force (-want +got):\n%s", diff)
	}

	if _, err := s.Do(t.Context(), scenario.Step{Do: scenario.Mend, Fault: "pubsub-answer-lost"}); err != nil {
		t.Fatal(err)
	}
	s.does(scenario.Step{Do: scenario.Mend, Fault: "platform-down"}, failed(demo.IraOrder))
	if got := inForce(); slices.Contains(got, "gupshup-502-after") || slices.Contains(got, "platform-down") {
		t.Errorf("in force after they struck: %v", got)
	}

	s.does(scenario.Step{Do: scenario.StartFault, Fault: "firestore-full"}, scenario.Step{Do: scenario.Mend})
	if got := inForce(); len(got) != 0 {
		t.Errorf("in force after all was mended: %v", got)
	}

	s.passes(15 * time.Minute)
	if got := s.ends(demo.IraOrder).Messages; len(got) != 1 || got[0].Status != "read" || s.shown() != 1 {
		t.Errorf("after the answer was lost: got %v, and %d on the phone", got, s.shown())
	}
}

// TestWorkerDiesOverAMessage has a worker die right after the post: the message is on the phone once.
func TestWorkerDiesOverAMessage(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, scenario.Step{Do: scenario.StartFault, Fault: "worker-dies", Times: 2})
	if got := s.InForce(); len(got) != 1 || got[0].ID != "worker-dies" || got[0].Left != 2 {
		t.Errorf("in force: %+v", got)
	}
	s.does(failed(demo.IraOrder))
	if got := s.InForce(); len(got) != 1 || got[0].Left != 1 {
		t.Errorf("in force after one has died: %+v", got)
	}

	s.does(scenario.Step{Do: scenario.Mend}, scenario.Step{Do: scenario.Until, Order: demo.IraOrder, Status: "read"})
	if got := s.InForce(); len(got) != 0 || s.shown() != 1 {
		t.Errorf("in force %+v, and %d on the phone", got, s.shown())
	}
}

// TestPhoneIsSet has a phone be off: what is sent meanwhile is on it once it is on.
func TestPhoneIsSet(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	off := scenario.Step{Do: scenario.Phone, Phone: aruns, Settings: &scenario.Settings{Off: true}}
	on := scenario.Step{Do: scenario.Phone, Phone: aruns, Settings: &scenario.Settings{}}
	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.ArunOrder}, off, failed(demo.ArunOrder))
	if got := s.ends(demo.ArunOrder).Messages; len(got) != 1 || got[0].Status != "sent" {
		t.Errorf("off: got %v", got)
	}
	s.does(on)
	if got := s.ends(demo.ArunOrder).Messages; len(got) != 1 || got[0].Status != "read" {
		t.Errorf("on: got %v", got)
	}

	said := s.does(scenario.Step{Do: scenario.Answer, Phone: aruns, Reply: &simulator.Reply{Text: "at home"}})
	s.does(scenario.Step{Do: scenario.Answer, Phone: aruns, Reply: &simulator.Reply{Kind: "edit", Text: "at work"}, Message: 1})
	if thread := s.Simulator.Phones().Thread(aruns); thread[len(thread)-1].Said == nil || thread[len(thread)-1].Said.ID != said.ID || !thread[len(thread)-1].Said.Edited {
		t.Errorf("edited: got %+v", thread)
	}
}

// TestStrangerIsHeard forges a STOP at an address that leaked, which nobody signs.
func TestStrangerIsHeard(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	forged := scenario.Step{Do: scenario.Forge, App: demo.NeemApp, Phone: iras, Text: "STOP"}
	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, forged)
	if got := s.ends(demo.IraOrder).Consent; got != "0" {
		t.Errorf("after a forged STOP: got %q", got)
	}

	forged.Refused = true
	if _, err := s.Do(t.Context(), forged); err == nil {
		t.Error(errWanted)
	}
}

// TestDeadLettersAreKept has an event and a text be dead letters: neither is sent.
func TestDeadLettersAreKept(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	dead := failed(demo.IraOrder)
	dead.Do = scenario.DeadLetters
	s.does(scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, dead, scenario.Step{Do: scenario.DeadLetters, Text: `{"resource":`})

	e, err := s.EndOf(t.Context(), demo.IraOrder)
	if err != nil {
		t.Fatal(err)
	}
	want := scenario.End{
		Orders:      map[string]scenario.OrderEnd{demo.IraOrder: {Consent: "1"}},
		Phones:      map[string]int{iras: 0},
		DeadLetters: map[string]int{"order-events": 2},
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Errorf("the end (-want +got):\n%s", diff)
	}
}

// TestKeyAndTemplateChange has a provider refuse the key that we have, and WhatsApp change a text.
func TestKeyAndTemplateChange(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	s.does(
		scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder},
		scenario.Step{Do: scenario.Key, App: demo.NeemApp, Key: "sk-another-0123456789"},
		failed(demo.IraOrder),
		scenario.Step{Do: scenario.Subscribe, Order: demo.ArunOrder},
		scenario.Step{Do: scenario.Change, App: demo.MarigoldApp, Template: &scenario.Template{ID: "900000000000004", Text: "Order {{1}} {{2}} {{3}} {{4}} {{5}}"}},
		failed(demo.ArunOrder),
	)
	for _, id := range []string{demo.IraOrder, demo.ArunOrder} {
		if got := s.ends(id).Messages; len(got) != 1 || got[0].Status != "held" {
			t.Errorf("order %s: got %v, want one that is held", id, got)
		}
	}
}

// TestOrdersAreThoseOfBrands lists the demo's orders, with who sends to whom.
func TestOrdersAreThoseOfBrands(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	all, err := s.Orders(t.Context())
	if err != nil {
		t.Fatal(err)
	}

	var ids []string
	for _, o := range all {
		ids = append(ids, o.ID)
	}
	if diff := cmp.Diff([]string{demo.IraOrder, demo.DevOrder, demo.MeeraOrder, demo.ArunOrder, demo.LilaOrder, demo.OmarOrder}, ids); diff != "" {
		t.Fatalf("orders (-want +got):\n%s", diff)
	}

	want := scenario.Order{
		ID:        demo.IraOrder,
		Number:    "NC-20417",
		AccountID: demo.NeemID,
		Brand:     "Neem & Co",
		AppID:     demo.NeemApp,
		Provider:  gupshup.Name,
		Shopper:   "Ira Sample",
		Phone:     iras,
		Parcels:   2,
	}
	if diff := cmp.Diff(want, all[0]); diff != "" {
		t.Errorf("Ira's order (-want +got):\n%s", diff)
	}
}
