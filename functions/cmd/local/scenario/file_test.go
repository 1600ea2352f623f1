package scenario_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/scenario"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// aStory has a step of each kind, with all keys that the kind has.
func aStory() scenario.Scenario {
	const order, event = "51230077", "shipment/failed_delivery"
	minute := scenario.Duration(time.Minute)

	return scenario.Scenario{
		Title: "A box is checked & cleared",
		Steps: []scenario.Step{
			{Do: scenario.Subscribe, Order: order},
			{At: minute, Do: scenario.Withdraw, Order: order},
			{At: minute, Do: scenario.Event, Order: order, Event: event, Parcel: 2},
			{At: minute, Do: scenario.Answer, Phone: iras, Reply: &simulator.Reply{Button: "Try again"}, Message: 1},
			{At: minute, Do: scenario.Phone, Phone: iras, Settings: &scenario.Settings{Off: true}},
			{At: minute, Do: scenario.StartFault, Fault: "gupshup-down", Times: 2},
			{At: minute, Do: scenario.Mend, Fault: "gupshup-down"},
			{At: minute, Do: scenario.Forward, For: 2 * minute},
			{Do: scenario.Until, Order: order, Status: "read", For: minute},
			{Do: scenario.Until, Order: order, Consent: "1"},
			{Do: scenario.Change, App: "meta-1", Template: &scenario.Template{ID: "4", Text: "Hi {{1}}"}},
			{Do: scenario.Key, App: "gupshup-1", Key: "sk-1"},
			{Do: scenario.Forge, App: "gupshup-1", Phone: iras, Text: "STOP", Refused: true},
			{Do: scenario.DeadLetters, Text: "{"},
			{Do: scenario.DeadLetters, Order: order, Event: event, Parcel: 1},
			{
				Do:      scenario.Operate,
				Order:   order,
				App:     "gupshup-1",
				Section: "Dead letters",
				Run:     "dead-letter-replay -n TOPIC",
				Topic:   "order-events",
				Input:   "sk-1\n",
				Says:    []string{"2 sent"},
				Fails:   "nothing is changed",
			},
		},
		End: &scenario.End{
			At: 5 * minute,
			Orders: map[string]scenario.OrderEnd{order: {
				Consent:  "1",
				Messages: []scenario.MessageEnd{{Event: event, Status: "read", Attempts: 1}},
				Actions:  []scenario.ActionEnd{{Code: "ACTF001", State: "accepted"}},
			}},
			Phones:      map[string]int{iras: 1},
			DeadLetters: map[string]int{"order-events": 2},
		},
	}
}

// TestFileIsReadAsItWasWritten writes a story of all kinds, reads it, and writes the same bytes.
func TestFileIsReadAsItWasWritten(t *testing.T) {
	t.Parallel()
	want := aStory()
	data, err := want.Write()
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenario.Read(data)
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("read (-want +got):\n%s", diff)
	}
	if again, err := got.Write(); err != nil || string(again) != string(data) {
		t.Errorf("written again: %v\n%s", err, again)
	}
	if !json.Valid(data) || !strings.Contains(string(data), `    {"at":"1m0s","do":"event","order":"51230077","event":"shipment/failed_delivery","parcel":2},`) {
		t.Errorf("a step is no line of its own:\n%s", data)
	}

	used := map[string]bool{}
	for _, s := range want.Steps {
		used[s.Do] = true
	}
	for _, k := range scenario.Kinds() {
		if !used[k.Name] {
			t.Errorf("the story has no step of the kind %s", k.Name)
		}
	}
}

// TestFileNamesWhatIsWrong names the step and the key.
func TestFileNamesWhatIsWrong(t *testing.T) {
	t.Parallel()
	const good = `{"do":"subscribe","order":"51230077"}`
	story := func(steps string) string { return `{"title":"x","steps":[` + good + `,` + steps + `]}` }
	for _, tc := range []struct{ name, file, want string }{
		{"no_json", "{", "file: is not JSON: line 1: unexpected end of JSON input"},
		{"no_json_line", "{\n \"title\": \"x\",\n \"steps\": [}\n", "file: is not JSON: line 3: invalid character '}'"},
		{"no_json_depth", strings.Repeat("[", 500) + strings.Repeat("]", 500), "file: is not JSON, or holds more"},
		{"empty", "", "file: is not JSON: line 1: "},
		{"list", "[]", "file: must be an object"},
		{"null", "null", "file: must be an object"},
		{"no_steps", `{"title":"x"}`, "steps: is missing: a story has at least one"},
		{"unknown_key", `{"title":"x","tilte":"y","steps":[` + good + `]}`, "tilte: is no key that there is"},
		{"title_no_text", `{"title":7,"steps":[` + good + `]}`, "title: must be a text"},
		{"end_unknown_key", `{"title":"x","steps":[` + good + `],"end":{"order":{}}}`, "order: is no key that there is"},
		{"step_unknown_key", story(`{"do":"mend","vault":"x"}`), "step 2.vault: is no key that there is"},
		{"step_no_object", story(`7`), "step 2: must be an object"},
		{"step_unknown_kind", story(`{"do":"dance"}`), "step 2.do: is none of subscribe, withdraw, "},
		{"step_no_kind", story(`{}`), "step 2.do: is none of "},
		{"step_missing", story(`{"do":"event","order":"1"}`), "step 2.event: is missing, which event needs"},
		{"step_key_of_another", story(`{"do":"subscribe","order":"1","parcel":2}`), "step 2.parcel: does nothing in subscribe"},
		{"step_event", story(`{"do":"event","order":"1","event":"shipment/danced"}`), "step 2.event: is no event"},
		{"step_cart", story(`{"do":"event","order":"1","event":"cart/abandoned"}`), "step 2.event: is no event"},
		{"step_parcel", story(`{"do":"event","order":"1","event":"shipment/packed","parcel":"2"}`), "step 2.parcel: must be a whole number"},
		{"step_parcel_less", story(`{"do":"event","order":"1","event":"shipment/packed","parcel":-2}`), "step 2.parcel: is outside 1 to 1000"},
		{"step_fault", story(`{"do":"fault","fault":"sings"}`), "step 2.fault: is none of the faults"},
		{"step_time", story(`{"do":"mend","at":"soon"}`), `step 2.at: is not a time such as "1m30s"`},
		{"step_time_less", story(`{"do":"forward","for":"-1m"}`), `step 2.for: is not a time such as "1m30s"`},
		{"step_time_far", story(`{"do":"mend","at":"721h"}`), "step 2.at: is more than 30 days"},
		{"step_earlier", story(`{"do":"mend","at":"2m"},{"do":"mend","at":"1m"}`), "step 3.at: is before that of the step before it"},
		{"until_nothing", story(`{"do":"until","order":"1"}`), "step 2.status: or consent"},
		{"until_both", story(`{"do":"until","order":"1","status":"read","consent":"1"}`), "step 2.status: or consent"},
		{"until_consent", story(`{"do":"until","order":"1","consent":"yes"}`), `step 2.consent: must be "1" or "0"`},
		{"dead_nothing", story(`{"do":"dead-letter"}`), "step 2.event: or text"},
		{"dead_order", story(`{"do":"dead-letter","event":"shipment/packed"}`), "step 2.order: is missing"},
		{"reply_by_id", story(`{"do":"answer","phone":"1","reply":{"text":"x","to":"wamid"}}`), "step 2.reply.to: is of one world only"},
		{"reply_unknown_key", story(`{"do":"answer","phone":"1","reply":{"txt":"x"}}`), "step 2.txt: is no key that there is"},
		{"long_text", story(`{"do":"dead-letter","text":"` + strings.Repeat("a", 5000) + `"}`), "step 2.text: has more than 4096 bytes"},
		{"many_steps", story(strings.Repeat(good+",", 500) + good), "steps: has more than 500 entries"},
		{"large", `{"title":"` + strings.Repeat("a", 300<<10) + `"}`, "file: has more than 262144 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			_, err := scenario.Read([]byte(tc.file))
			if got := fmt.Sprint(err); !strings.HasPrefix(got, tc.want) {
				t.Errorf("got %q, want %q", got, tc.want)
			}
		})
	}
}

// FuzzRead reads anything: what is read can be written, and reads the same again.
func FuzzRead(f *testing.F) {
	data, err := aStory().Write()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"title":"x","steps":[{"do":"mend"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := scenario.Read(data)
		if err != nil {
			return
		}
		written, err := s.Write()
		if err != nil {
			t.Fatal(err)
		}
		again, err := scenario.Read(written)
		if err != nil {
			t.Fatalf("%v\n%s", err, written)
		}
		if twice, err := again.Write(); err != nil || string(twice) != string(written) {
			t.Errorf("%v\n%s\n%s", err, written, twice)
		}
	})
}

// TestDifferencesInWords names what is not as it was wanted, without a number.
func TestDifferencesInWords(t *testing.T) {
	t.Parallel()
	want := *aStory().End
	if got := want.Differences(want); len(got) != 0 {
		t.Errorf("of the same: %v", got)
	}

	got := scenario.End{
		Orders: map[string]scenario.OrderEnd{"51230077": {
			Consent:  "0",
			Messages: []scenario.MessageEnd{{Event: "shipment/failed_delivery", Status: "refused", Reason: "opted_out"}, {Event: "shipment/packed", Status: "read", Attempts: 2}},
			Actions:  []scenario.ActionEnd{{Code: "ACTF001", State: "asked"}},
		}},
		Phones:      map[string]int{iras: 2},
		DeadLetters: map[string]int{"provider-events": 1},
	}
	words := []string{
		`order 51230077: the portal's key is "0", and was to be "1"`,
		"order 51230077: there was to be a message: shipment/failed_delivery read after 1 attempt",
		"order 51230077: there is a message that was not to be: shipment/failed_delivery refused (opted_out)",
		"order 51230077: there is a message that was not to be: shipment/packed read after 2 attempts",
		"order 51230077: there was to be a choice: ACTF001 accepted",
		"order 51230077: there is a choice that was not to be: ACTF001 asked",
		"the phone ********0001 shows 2 messages, and was to show 1",
		"order-events has 0 dead letters, and was to have 2",
	}
	if diff := cmp.Diff(words, want.Differences(got)); diff != "" {
		t.Errorf("differences (-want +got):\n%s", diff)
	}
	if got := (scenario.End{DeadLetters: map[string]int{"provider-events": 0}}).Differences(got); len(got) != 1 || got[0] != "provider-events has 1 dead letter, and was to have 0" {
		t.Errorf("of none: %v", got)
	}
	if got := want.Differences(scenario.End{}); len(got) == 0 || got[0] != "order 51230077 is not there" {
		t.Errorf("of nothing: %v", got)
	}
}
