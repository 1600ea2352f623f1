package player_test

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/demo"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/player"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/clock"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/testdata"
)

// minute is a step that lets time pass.
var minute = scenario.Step{Do: scenario.Forward, For: scenario.Duration(time.Minute)}

// startWorld starts a world like that of make run, whose actor notes what it does.
func startWorld(t *testing.T) *world.World {
	t.Helper()
	w, err := world.Start(t.Context(), world.Options{
		Clock:      clock.NewForward(0),
		Config:     world.LocalDefaults(),
		SweepEvery: 5 * time.Second,
		Secrets:    demo.Secrets(),
		Prepare:    demo.Seed,
	})
	if err != nil {
		t.Fatalf("start: %v", err)
	}
	t.Cleanup(func() {
		if err := w.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Errorf("close: %v", err)
		}
	})

	return w
}

// do does steps on a world.
func do(t *testing.T, w *world.World, steps ...scenario.Step) {
	t.Helper()
	for _, s := range steps {
		if _, err := w.Actor().Do(t.Context(), s); err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
	}
}

// save saves the story of an order, as a file that is read again.
func save(t *testing.T, w *world.World, orderID string) scenario.Scenario {
	t.Helper()
	s, err := w.Actor().Recorder.Save(t.Context(), w.Actor(), orderID)
	if err != nil {
		t.Fatal(err)
	}
	file, err := s.Write()
	if err != nil {
		t.Fatal(err)
	}
	read, err := scenario.Read(file)
	if err != nil {
		t.Fatalf("%v\n%s", err, file)
	}

	return read
}

// plays plays a story on a world of its own, and returns what is printed.
func plays(t *testing.T, s scenario.Scenario) (string, error) {
	t.Helper()
	p := player.New(player.Options{})
	var out bytes.Buffer
	err := p.Play(t.Context(), s, &out)
	if closed := p.Close(); closed != nil {
		t.Error(closed)
	}

	return out.String(), err
}

// TestSavedStoryPlaysToTheSameEnd records a story of each provider on one world, and plays its file on another.
func TestSavedStoryPlaysToTheSameEnd(t *testing.T) {
	t.Parallel()
	event := func(orderID, kind string) scenario.Step {
		return scenario.Step{Do: scenario.Event, Order: orderID, Event: "shipment/" + kind}
	}
	fault := func(id string) scenario.Step { return scenario.Step{Do: scenario.StartFault, Fault: id} }
	says := func(phone string, r simulator.Reply) scenario.Step {
		return scenario.Step{Do: scenario.Answer, Phone: phone, Reply: &r}
	}
	subscribe := func(orderID string) scenario.Step { return scenario.Step{Do: scenario.Subscribe, Order: orderID} }
	quarter := scenario.Step{Do: scenario.Forward, For: scenario.Duration(15 * time.Minute)}
	const iras, aruns, lilas = "919000000001", "919000000004", "919000000005"

	for name, tc := range map[string]struct {
		order string
		steps []scenario.Step
		want  scenario.OrderEnd
	}{
		"gupshup": {demo.IraOrder, []scenario.Step{
			subscribe(demo.IraOrder), fault("gupshup-502-after"), event(demo.IraOrder, "failed_delivery"), minute, minute,
			says(iras, simulator.Reply{Button: "Try again"}), minute, says(iras, simulator.Reply{Button: "Try again"}), quarter,
		}, scenario.OrderEnd{
			Consent: "1",
			Messages: []scenario.MessageEnd{
				{Event: "shipment/failed_delivery", Status: "read", Attempts: 1},
				{Event: "session/failed_delivery", Status: "read", Attempts: 1},
				{Event: "session/failed_delivery", Status: "read", Attempts: 1},
			},
			Actions: []scenario.ActionEnd{{Code: "ACTF001", State: "accepted"}, {Code: "ACTF001", State: "late"}},
		}},
		"meta": {demo.ArunOrder, []scenario.Step{
			subscribe(demo.ArunOrder),
			{Do: scenario.Phone, Phone: aruns, Settings: &scenario.Settings{Off: true}},
			event(demo.ArunOrder, "packed"), minute,
			{Do: scenario.Phone, Phone: aruns, Settings: &scenario.Settings{NoReadReceipts: true}},
			minute, fault("meta-callbacks-lost"),
			event(demo.ArunOrder, "out_for_delivery"), minute,
			{Do: scenario.Mend, Fault: "meta-callbacks-lost"},
			{Do: scenario.Withdraw, Order: demo.ArunOrder},
			event(demo.ArunOrder, "delivered"), minute,
		}, scenario.OrderEnd{
			Consent: "0",
			Messages: []scenario.MessageEnd{
				{Event: "shipment/packed", Status: "delivered", Attempts: 1},
				{Event: "shipment/out_for_delivery", Status: "accepted", Attempts: 1},
				{Event: "shipment/delivered", Status: "refused", Reason: "opted_out"},
			},
		}},
		"kaleyra": {demo.LilaOrder, []scenario.Step{
			subscribe(demo.LilaOrder), fault("kaleyra-throttles"), event(demo.LilaOrder, "out_for_delivery"), minute, minute,
			says(lilas, simulator.Reply{Text: "STOP"}), minute, event(demo.LilaOrder, "delivered"), minute,
		}, scenario.OrderEnd{
			Consent: "0",
			Messages: []scenario.MessageEnd{
				{Event: "shipment/out_for_delivery", Status: "read", Attempts: 2},
				{Event: "shipment/delivered", Status: "refused", Reason: "opted_out"},
			},
		}},
		"businessonbot": {demo.OmarOrder, []scenario.Step{
			subscribe(demo.OmarOrder), fault("businessonbot-502-before"), event(demo.OmarOrder, "delivered"), quarter,
		}, scenario.OrderEnd{
			Consent:  "1",
			Messages: []scenario.MessageEnd{{Event: "shipment/delivered", Status: "given_up", Attempts: 1}},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := startWorld(t)
			do(t, w, tc.steps...)
			s := save(t, w, tc.order)
			if diff := cmp.Diff(tc.want, s.End.Orders[tc.order]); diff != "" {
				t.Errorf("the end that was saved (-want +got):\n%s", diff)
			}
			if out, err := plays(t, s); err != nil || !strings.HasSuffix(out, "the end: as it is in the file\n") {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestStoryBeginsInAFreshWorld saves only what came since the first step, on a world in which much has come before: what was there is left out; a box that was
// checked, how the phone was set and a fault that was in force are steps.
func TestStoryBeginsInAFreshWorld(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	a := w.Actor()
	subscribe := scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder}
	failed := scenario.Step{Do: scenario.Event, Order: demo.IraOrder, Event: "shipment/failed_delivery"}
	const iras = "919000000001"

	before := a.Recorder
	a.Recorder = nil // as of an earlier run on the same state
	do(t, w, subscribe, failed, minute, scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Text: "hello"}}, minute,
		scenario.Step{Do: scenario.Phone, Phone: iras, Settings: &scenario.Settings{NoReadReceipts: true}},
		scenario.Step{Do: scenario.StartFault, Fault: "platform-slow"})
	a.Recorder = before

	do(t, w, scenario.Step{Do: scenario.Subscribe, Order: demo.ArunOrder}, failed, minute)
	shown := w.Simulator.Phones().Inbox(iras)
	newest := shown[len(shown)-1]
	do(t, w, scenario.Step{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Text: "when?", To: newest.ID}}, minute)

	s := save(t, w, demo.IraOrder)
	for i := range s.Steps {
		s.Steps[i].At = 0
	}
	want := []scenario.Step{
		subscribe,
		{Do: scenario.Phone, Phone: iras, Settings: &scenario.Settings{NoReadReceipts: true}},
		{Do: scenario.StartFault, Fault: "platform-slow"},
		failed,
		{Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Text: "when?"}, Message: 1},
	}
	if diff := cmp.Diff(want, s.Steps); diff != "" {
		t.Errorf("steps (-want +got):\n%s", diff)
	}
	if got := s.End.Orders[demo.IraOrder].Messages[0]; len(s.End.Orders) != 1 || got.Event != failed.Event || got.Status != "delivered" {
		t.Errorf("the end: got %+v", s.End)
	}
}

// TestNoStoryIsSaved says why.
func TestNoStoryIsSaved(t *testing.T) {
	t.Parallel()
	w := startWorld(t)
	r := w.Actor().Recorder
	for id, want := range map[string]string{demo.IraOrder: "order: has no story", "4711": "order: is no order"} {
		if _, err := r.Save(t.Context(), w.Actor(), id); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("order %s: got %v, want %s", id, err, want)
		}
	}

	do(t, w, scenario.Step{Do: scenario.Subscribe, Order: demo.IraOrder})
	for range 2000 {
		do(t, w, scenario.Step{Do: scenario.StartFault, Fault: "gupshup-slow"})
	}
	if _, err := r.Save(t.Context(), w.Actor(), demo.IraOrder); err == nil || !strings.HasPrefix(err.Error(), "order: has a story of which the beginning is forgotten") {
		t.Errorf("got %v", err)
	}
}

// TestStoriesOfTheRepository plays those that are no nights, each to its end.
func TestStoriesOfTheRepository(t *testing.T) {
	t.Parallel()
	files, err := fs.Glob(testdata.Files, "scenarios/*.json")
	if err != nil || len(files) < 9 {
		t.Fatalf("got %v, %v", files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(strings.TrimPrefix(file, "scenarios/"), ".json"), func(t *testing.T) {
			t.Parallel()
			data, err := testdata.Files.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, err := scenario.Read(data)
			if err != nil {
				t.Fatal(err)
			}
			if written, err := s.Write(); err != nil || string(written) != string(data) {
				t.Errorf("%v: the file is not as it would be written:\n%s", err, written)
			}
			if s.End == nil {
				t.Error("the file has no end")
			}
			if s.HasOps() {
				return // package gameday plays it
			}
			if out, err := plays(t, s); err != nil {
				t.Errorf("%v\n%s", err, out)
			}
		})
	}
}

// TestAnotherEndIsToldInWords plays a story whose file has another end.
func TestAnotherEndIsToldInWords(t *testing.T) {
	t.Parallel()
	data, err := testdata.Files.ReadFile("scenarios/stop.json")
	if err != nil {
		t.Fatal(err)
	}
	s, err := scenario.Read(bytes.Replace(data, []byte(`"status": "refused"`), []byte(`"status": "read"`), 1))
	if err != nil {
		t.Fatal(err)
	}

	out, err := plays(t, s)
	other, is := errors.AsType[*scenario.EndError](err)
	want := []string{
		"order 51230077: there was to be a message: shipment/delivered read (opted_out)",
		"order 51230077: there is a message that was not to be: shipment/delivered refused (opted_out)",
	}
	if !is || cmp.Diff(want, other.Differences) != "" {
		t.Errorf("got %v\n%s", err, out)
	}
	if !strings.Contains(out, "Ira writes\n") || !strings.Contains(out, "shipment/out_for_delivery read after 1 attempt\n") {
		t.Errorf("it is not told what happened:\n%s", out)
	}
}

// TestStepThatCannotBeDone names the step.
func TestStepThatCannotBeDone(t *testing.T) {
	t.Parallel()
	_, err := plays(t, scenario.Scenario{Title: "x", Steps: []scenario.Step{
		{Do: scenario.Subscribe, Order: demo.IraOrder},
		{Do: scenario.Answer, Phone: "9000000001", Reply: &simulator.Reply{Text: "hello"}, Message: 1},
	}})
	if err == nil || err.Error() != "step 2.message: is 1, and the phone has 0" {
		t.Errorf("got %v", err)
	}
}
