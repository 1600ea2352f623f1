package scenario

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/order"
)

// Kind is a sort of step.
type Kind struct {
	// Name is the word after "do".
	Name string
	// Needs are the keys that such a step has, and Takes those that it may have, apart from at and do.
	Needs, Takes []string
}

// The sorts of steps.
const (
	Subscribe   = "subscribe"
	Withdraw    = "withdraw"
	Event       = "event"
	Answer      = "answer"
	Phone       = "phone"
	StartFault  = "fault"
	Mend        = "mend"
	Forward     = "forward"
	Until       = "until"
	Change      = "template"
	Key         = "key"
	Forge       = "forge"
	DeadLetters = "dead-letter"
	Operate     = "ops"
)

// Kinds are all sorts of steps, in the order in which people read of them.
func Kinds() []Kind {
	return []Kind{
		{Name: Subscribe, Needs: []string{"order"}},
		{Name: Withdraw, Needs: []string{"order"}},
		{Name: Event, Needs: []string{"order", "event"}, Takes: []string{"parcel"}},
		{Name: Answer, Needs: []string{"phone", "reply"}, Takes: []string{"message"}},
		{Name: Phone, Needs: []string{"phone", "settings"}},
		{Name: StartFault, Needs: []string{"fault"}, Takes: []string{"times"}},
		{Name: Mend, Takes: []string{"fault"}},
		{Name: Forward, Needs: []string{"for"}},
		{Name: Until, Needs: []string{"order"}, Takes: []string{"status", "consent", "for"}},
		{Name: Change, Needs: []string{"app", "template"}},
		{Name: Key, Needs: []string{"app", "key"}},
		{Name: Forge, Needs: []string{"app", "phone", "text"}, Takes: []string{"refused"}},
		{Name: DeadLetters, Takes: []string{"order", "event", "parcel", "text"}},
		{Name: Operate, Needs: []string{"section", "run"}, Takes: []string{"order", "app", "topic", "input", "says", "fails"}},
	}
}

const (
	// farthest is the latest time in a story: as far as the clock of a local run is moved at once.
	farthest = 30 * 24 * time.Hour
	// longest is the most bytes of one text in a step.
	longest = 4 << 10
	// most is the most of what a step counts.
	most = 1000
)

// kindOf returns the kind of a step.
func kindOf(name string) (Kind, bool) {
	all := Kinds()

	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}

	return all[i], true
}

// check returns an error that names the key at fault.
func (s Step) check() error {
	k, known := kindOf(s.Do)
	if !known {
		return wrong("do", "is none of "+strings.Join(kindNames(), ", "))
	}

	has, err := s.keys()
	if err != nil {
		return err
	}

	for _, key := range k.Needs {
		if !slices.Contains(has, key) {
			return wrong(key, "is missing, which "+k.Name+" needs")
		}
	}

	for _, key := range has {
		if !slices.Contains(slices.Concat([]string{"at", "do"}, k.Needs, k.Takes), key) {
			return wrong(key, "does nothing in "+k.Name)
		}
	}

	return cmp.Or(s.checkSizes(), s.checkWords(), s.checkTogether())
}

func kindNames() []string {
	var names []string
	for _, k := range Kinds() {
		names = append(names, k.Name)
	}

	return names
}

// keys are those that a step has, as its file has them.
func (s Step) keys() ([]string, error) {
	data, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}

	var has map[string]json.RawMessage
	if err = json.Unmarshal(data, &has); err != nil {
		return nil, err
	}

	keys := make([]string, 0, len(has))
	for key := range has {
		keys = append(keys, key)
	}

	slices.Sort(keys)

	return keys, nil
}

// checkSizes bounds what a step holds.
func (s Step) checkSizes() error {
	for key, text := range map[string]string{
		"order":   s.Order,
		"text":    s.Text,
		"phone":   s.Phone,
		"app":     s.App,
		"key":     s.Key,
		"section": s.Section,
		"run":     s.Run,
		"topic":   s.Topic,
		"input":   s.Input,
		"fails":   s.Fails,
	} {
		if len(text) > longest {
			return wrong(key, fmt.Sprintf("has more than %d bytes", longest))
		}
	}

	switch {
	case time.Duration(s.At) > farthest:
		return wrong("at", "is more than 30 days")
	case time.Duration(s.For) > farthest:
		return wrong("for", "is more than 30 days")
	case s.Parcel < 0 || s.Parcel > most:
		return wrong("parcel", fmt.Sprintf("is outside 1 to %d", most))
	case s.Message < 0 || s.Message > most:
		return wrong("message", fmt.Sprintf("is outside 1 to %d", most))
	case s.Times < 0 || s.Times > most:
		return wrong("times", fmt.Sprintf("is outside 1 to %d", most))
	default:
		return nil
	}
}

// checkWords holds a step's words to those that there are.
func (s Step) checkWords() error {
	if s.Event != "" {
		kind, known := order.ParseKind(s.Event)
		if !known || kind.Resource == order.Cart {
			return wrong("event", "is no event of a shipment or a return, such as shipment/failed_delivery")
		}
	}

	if s.Fault != "" {
		if _, known := FaultOf(s.Fault); !known {
			return wrong("fault", "is none of the faults that there are")
		}
	}

	if s.Consent != "" && s.Consent != "1" && s.Consent != "0" {
		return wrong("consent", `must be "1" or "0"`)
	}

	return nil
}

// checkTogether holds what goes together.
func (s Step) checkTogether() error {
	switch {
	case s.Do == Until && (s.Status == "") == (s.Consent == ""):
		return fault.Field("status", "or consent: until waits for one of them")
	case s.Do == DeadLetters && (s.Text == "") == (s.Event == ""):
		return wrong("event", "or text: a dead letter has one of them")
	case s.Event != "" && s.Order == "":
		return wrong("order", "is missing, which event needs")
	case s.Text != "" && s.Do == DeadLetters && s.Order != "":
		return wrong("order", "does nothing beside text")
	case s.Message > 0 && s.Reply != nil && s.Reply.To != "":
		return wrong("message", "and the id of a message do not go together")
	default:
		return nil
	}
}
