package deadletter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/logging"
	"github.com/eshopbox/whatsapp-notifications/shared/provider"
	"github.com/eshopbox/whatsapp-notifications/shared/queue"
)

// Letter is a dead letter.
type Letter struct {
	queue.KeptMessage
	// Source is the topic that it came from.
	Source string
	// Callback says that it came from the topic of callbacks.
	Callback bool
}

// Name is what the letter is called by: TOPIC/ID.
func (l Letter) Name() string { return l.Source + "/" + l.ID }

// Received returns when it was received at first.
func (l Letter) Received() time.Time {
	return queue.Push{Attributes: l.Attributes, PublishTime: l.PublishTime}.ReceivedAt()
}

// fewestAttempts is the least number of deliveries after which Pub/Sub itself moves a message to a dead-letter topic.
const fewestAttempts = 5

// Cause says why it is a dead letter.
func (l Letter) Cause() string {
	n, _ := strconv.Atoi(l.Attributes["CloudPubSubDeadLetterSourceDeliveryCount"])
	if n < fewestAttempts {
		return "no parser read it"
	}

	return fmt.Sprintf("%d deliveries failed", n)
}

// MayHoldMessage reports whether a shopper's message may lie in it, as the log line of the letter says. It is so of any callback whose kind is not
// known.
func (l Letter) MayHoldMessage() bool {
	return l.Callback && provider.Kind(l.Attributes[provider.AttributeKind]).MayHoldMessage()
}

// digits are what the names of fields of the same form may differ in, such as an id that is one.
var digits = regexp.MustCompile(`[0-9]+`)

// Form returns the names of its fields, with # for digits.
func (l Letter) Form() string {
	form := logging.Shape(l.Data)
	if strings.HasPrefix(form, "no JSON") {
		return "no JSON" // of whatever length
	}

	return digits.ReplaceAllString(form, "#")
}

// Words returns the attributes that say what it is.
func (l Letter) Words() string {
	var words []string

	for _, name := range []string{"kind", "provider", "app", "account", "resource", "eventSubType"} {
		if value := l.Attributes[name]; value != "" {
			words = append(words, name+" "+logging.Word(value))
		}
	}

	return strings.Join(words, ", ")
}

// Group returns the name of the group of letters that have the same form, attributes and cause.
func (l Letter) Group() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{l.Source, l.Form(), l.Words(), l.Cause()}, "\n")))
	return "g" + hex.EncodeToString(sum[:4])
}

// Attribute is one of a letter's, as it may be shown.
type Attribute struct{ Name, Value string }

// Shown returns the attributes in the order of their names. One that is no plain word is [logging.Unreadable].
func (l Letter) Shown() []Attribute {
	var all []Attribute
	for _, key := range slices.Sorted(maps.Keys(l.Attributes)) {
		all = append(all, Attribute{logging.Word(key), logging.Word(l.Attributes[key])})
	}

	return all
}

// Push returns what a function gets of the letter when it is replayed.
func (l Letter) push(now time.Time) queue.Push {
	return queue.Push{Data: l.Data, Attributes: l.again(), ID: l.ID, PublishTime: now, Attempt: 1}
}

// again returns the attributes that it is published with again: all but those that Pub/Sub keeps for itself.
func (l Letter) again() map[string]string {
	all := maps.Clone(l.Attributes)
	maps.DeleteFunc(all, func(name, _ string) bool { return strings.HasPrefix(name, "goog") })

	return all
}

// Masked returns the document with its values replaced by what they are.
func (l Letter) Masked() string {
	decoder := json.NewDecoder(bytes.NewReader(l.Data))
	decoder.UseNumber()

	var doc any
	if !json.Valid(l.Data) || decoder.Decode(&doc) != nil {
		return "no JSON, " + count(len(l.Data), "byte")
	}

	text, err := json.MarshalIndent(maskedValue(doc), "", "  ")
	if err != nil {
		return "no JSON" // it was some a moment ago
	}

	return string(text)
}

// fieldName is what the name of a field may look like that a provider gives it; another one may be somebody's words.
var fieldName = regexp.MustCompile(`^[a-z_][A-Za-z0-9_]{0,39}$`)

func maskedValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		object := map[string]any{}

		for i, key := range slices.Sorted(maps.Keys(v)) {
			name := key
			if !fieldName.MatchString(key) || logging.Word(key) != key {
				name = fmt.Sprintf("%s %d", logging.Unreadable, i+1)
			}

			object[name] = maskedValue(v[key])
		}

		return object
	case []any:
		list := make([]any, len(v))
		for i, value := range v {
			list[i] = maskedValue(value)
		}

		return list
	case string:
		return maskedText(v)
	case json.Number:
		return "number"
	default:
		return v
	}
}

// maskedText says what a text is.
func maskedText(text string) string {
	switch {
	case text == "":
		return ""
	case strings.Trim(text, "0123456789") == "":
		return count(len(text), "digit")
	default:
		return count(len([]rune(text)), "character")
	}
}

// count returns a number of things.
func count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}

	return fmt.Sprintf("%d %ss", n, thing)
}
