package converse_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/functions/cmd/local/world"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
)

// provided is a fault of the talker's provider.
func provided(f simulator.Fault) move {
	return func(s *talker) {
		f.System = s.provider
		s.Fault(f)
	}
}

// refusing is a provider that takes no answers, failing one that takes them and then reports that they cannot be delivered.
var (
	refusing = provided(simulator.Fault{Mode: "refuse"})
	failing  = provided(simulator.Fault{Mode: "fail_callback", Code: 131026})
	// refusingForNow is one that takes none for half an hour.
	refusingForNow = provided(simulator.Fault{Mode: "throttle", RetryAfterSeconds: 1800})
)

// fails says that the order's activity shows so many answers that failed, each with its reason.
func fails(count int) move {
	return func(s *talker) {
		s.T.Helper()

		ids := map[string]bool{}
		for _, m := range s.Published(world.CustomerNotifications) {
			if m.GetAttributes()["eventSubType"] != "failed" {
				continue
			}

			var event struct {
				Response struct {
					Reason string `json:"failureReason"`
				} `json:"response_data"`
			}
			s.Must(json.Unmarshal(m.GetData(), &event))
			ids[m.GetAttributes()["id"]] = true

			if strings.TrimSpace(event.Response.Reason) == "" {
				s.T.Errorf("a failed answer was published without a reason: %s", m.GetData())
			}
		}

		if len(ids) != count {
			s.T.Errorf("%d failed answers were published, want %d", len(ids), count)
		}
	}
}

const needsPerson = ": a person has to go on"

// blocked is an authority that forbids every message to the shopper.
func blocked(s *talker) { s.BlockShopper() }

// unsent are conversations in which the shopper cannot be asked or answered.
var unsent = []conversationCase{
	{"the question about a cancellation is refused", []move{refusing, tap(cancelIt), fails(1), mended}, nil, nil, []string{"Cancel order" + needsPerson}, []string{"action"}, ""},
	{"the question about a day is refused", []move{refusing, tap(anotherDay), fails(1), mended}, nil, nil, []string{"Change delivery date" + needsPerson}, []string{"action"}, ""},
	{"the question about another attempt is refused", []move{refusing, tap(tryAgain), mended, wait(time.Minute)}, []string{again}, nil, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"the question of who came is refused", []move{refusing, tap(nobodyCame), mended, wait(time.Minute)}, []string{disputed}, nil, []string{"Dispute failed attempt: accepted"}, nil, ""},
	{"a choice after the question was refused", []move{refusing, tap(cancelIt), mended, tap(cancelIt), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, done}, []string{"Cancel order" + needsPerson, "Cancel order: accepted"}, []string{"action"}, ""},
	{"the question does not arrive", []move{failing, tap(cancelIt), fails(1), mended, wait(2 * time.Hour)}, nil, []string{confirms}, []string{"Cancel order" + needsPerson}, []string{"action"}, ""},
	{"the number is blocked", []move{blocked, tap(tryAgain), wait(time.Minute)}, []string{again}, nil, []string{"Request delivery attempt: accepted"}, nil, ""},
	{"the question waits until it is over", []move{provided(simulator.Fault{Mode: "throttle", RetryAfterSeconds: 4 * 60 * 60}), tap(cancelIt), wait(time.Hour), fails(0), wait(time.Hour), fails(1), mended, wait(time.Hour)}, nil, nil, []string{"Cancel order" + needsPerson}, []string{"action"}, ""},
	{"a question that waits is sent", []move{provided(simulator.Fault{Mode: "throttle", Times: 1}), tap(cancelIt), wait(15 * time.Minute), tap("Yes, cancel it")}, []string{cancelled}, []string{confirms, done}, []string{"Cancel order: accepted"}, nil, ""},
	{"the standard text waits until the window closes", []move{provided(simulator.Fault{Mode: "throttle", RetryAfterSeconds: 60}), say("Hello"), wait(12 * time.Hour), fails(0), wait(13 * time.Hour), fails(1)}, nil, nil, nil, nil, ""},
}
