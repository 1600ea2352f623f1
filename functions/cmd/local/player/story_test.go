package player_test

import (
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// holdsStory saves the story of an order, and plays it to the same end.
func holdsStory(t *testing.T, w *world.World, orderID string) scenario.Scenario {
	t.Helper()
	s := save(t, w, orderID)
	if out, err := plays(t, s); err != nil {
		t.Errorf("order %s: %v\n%s", orderID, err, out)
	}

	return s
}

// TestStoriesToldCanBeSaved goes on with each of the demo's orders after the demo has told its stories, as the lab opens: what is saved then, and what is saved of
// a story that nobody touched, plays to the same end.
func TestStoriesToldCanBeSaved(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	if err := demo.Story(t.Context(), w, io.Discard); err != nil {
		t.Fatal(err)
	}
	do(t, w, minute)

	told := map[string]scenario.MessageEnd{
		demo.DevOrder:  {Event: "shipment/failed_delivery", Status: "read", Attempts: 1},
		demo.ArunOrder: {Event: "shipment/failed_delivery", Status: "read", Attempts: 1},
		demo.LilaOrder: {Event: "shipment/failed_delivery", Status: "read", Attempts: 1},
		demo.OmarOrder: {Event: "shipment/delivered", Status: "accepted", Attempts: 1},
	}
	for id, want := range told {
		if diff := cmp.Diff([]scenario.MessageEnd{want}, holdsStory(t, w, id).End.Orders[id].Messages); diff != "" {
			t.Errorf("order %s as it was told (-want +got):\n%s", id, diff)
		}
	}

	orders, err := w.Actor().Orders(t.Context())
	if err != nil || len(orders) != 6 {
		t.Fatalf("got %d orders, %v", len(orders), err)
	}
	tapped := 0
	for _, o := range orders {
		event := func(kind string) scenario.Step {
			return scenario.Step{Do: scenario.Event, Order: o.ID, Event: "shipment/" + kind}
		}
		steps := []scenario.Step{event("created"), minute, event("out_for_delivery"), minute, event("failed_delivery"), minute}
		if told[o.ID].Event == "" {
			steps = append([]scenario.Step{{Do: scenario.Subscribe, Order: o.ID}}, steps...)
		}
		do(t, w, steps...)

		for _, m := range w.Simulator.Phones().Inbox(o.Phone) { // the oldest bubble that has the button is that of the story told
			tap := scenario.Step{Do: scenario.Answer, Phone: o.Phone, Reply: &simulator.Reply{Button: "Try again", To: m.ID}}
			if _, err := w.Actor().Do(t.Context(), tap); err == nil {
				tapped++
				do(t, w, minute, scenario.Step{Do: scenario.Answer, Phone: o.Phone, Reply: &simulator.Reply{Text: "STOP"}}, minute, event("delivered"), minute)
				break
			}
		}

		s := holdsStory(t, w, o.ID)
		if len(s.End.Orders[o.ID].Messages) < 3 {
			t.Errorf("order %s: got %+v", o.ID, s.End)
		}
	}
	if tapped != 5 { // BusinessOnBot shows nothing on a phone
		t.Errorf("the button was tapped on %d phones", tapped)
	}
}

// TestAnswerToAnEarlierRunIsNoStory has a shopper answer what an earlier run on the same state has sent, which no fresh world has.
func TestAnswerToAnEarlierRunIsNoStory(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	const iras = "919000000001"
	failed := scenario.Step{Do: scenario.Event, Order: demo.IraOrder, Event: "shipment/failed_delivery"}
	tap := scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Button: "Try again"}, Message: 1}

	a := w.Actor()
	notes := a.Recorder
	a.Recorder = nil
	do(t, w, scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, failed, minute)
	a.Recorder = notes

	do(t, w, failed, minute, tap)
	_, err := a.Recorder.Save(t.Context(), a, demo.IraOrder)
	if !fault.Is(err, fault.Invalid) || !strings.Contains(err.Error(), "Begin on a fresh state (make clean), and do it again") {
		t.Errorf("got %v, want an error that says what to do", err)
	}
}

// TestRunsOnOneStateTellAgain has each story be told on a state on which it was told already: each is a new occurrence.
func TestRunsOnOneStateTellAgain(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	for n := range 2 {
		var told strings.Builder
		if err := demo.Story(t.Context(), w, &told); err != nil {
			t.Fatal(err)
		}
		if strings.Count(told.String(), "  read        ") != 3 || strings.Count(told.String(), "  accepted    ") != 4 {
			t.Errorf("run %d: %s", n+1, &told)
		}
	}
}

// TestMendsOfOthersAreNoSteps saves neither a mend of nothing, nor what goes wrong and is mended at another order's provider.
func TestMendsOfOthersAreNoSteps(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	fails := func(id string) scenario.Step { return scenario.Step{Do: scenario.StartFault, Fault: id} }
	mends := func(id string) scenario.Step { return scenario.Step{Do: scenario.Mend, Fault: id} }
	do(t, w, fails("kaleyra-down"), scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}, scenario.Step{Do: scenario.DeadLetters, Text: "{"},
		mends("gupshup-down"), fails("meta-down"), mends("meta-down"), scenario.Step{Do: scenario.Mend}, fails("gupshup-slow"), scenario.Step{Do: scenario.Mend})

	s := save(t, w, demo.IraOrder)
	for i := range s.Steps {
		s.Steps[i].At = 0
	}
	want := []scenario.Step{
		{Do: scenario.Subscribe, Order: demo.IraOrder}, {Do: scenario.DeadLetters, Text: "{"}, fails("gupshup-slow"), {Do: scenario.Mend},
	}
	if diff := cmp.Diff(want, s.Steps); diff != "" || len(s.End.DeadLetters) != 0 {
		t.Errorf("%v dead letters, steps (-want +got):\n%s", s.End.DeadLetters, diff)
	}
}
