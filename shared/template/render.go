package template

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// ErrParamCount means that there are more or fewer values than a template has places for.
var ErrParamCount = errors.New("template: number of values differs from number of placeholders")

// Template is the copy of a message as the provider approved it, in no provider's own form.
type Template struct {
	// ID is the provider's id, Name its name at WhatsApp.
	ID, Name string
	// Language is the code of the provider, "en" or "en_US".
	Language string
	// Category is MARKETING, UTILITY or AUTHENTICATION.
	Category string
	// PreviousCategory is the one that it had before, and CorrectCategory the one that WhatsApp thinks right and will give it, where the provider
	// tells them.
	PreviousCategory, CorrectCategory string
	// Status is the provider's word; see [Template.Sendable].
	Status string
	// RejectedReason is WhatsApp's word for why it refused the template, where the provider tells it.
	RejectedReason string
	// Header is what stands above the body.
	Header Header
	// Body is the text with its placeholders, numbered {{1}} or named {{customer_name}}.
	Body string
	// Footer is the small text below; it has no placeholders.
	Footer string
	// Buttons are shown below the text, in this order.
	Buttons []Button
	// Samples are the values that the brand had the template approved with, in the order of [Template.Render]; one that is not known is
	// empty, and there are none at all where the provider tells none.
	Samples []string
	// Params is how many values the provider wants; [Template.Count] counts them where it does not say.
	Params int
}

// Fingerprint names the template as the provider approved it: two copies with the same text, category and status have the same, whatever
// their samples, which some providers give another address each time. It is empty of a template of which nothing but the id is known.
func (t Template) Fingerprint() string {
	if t.Name == "" && t.Body == "" {
		return ""
	}

	texts := []string{t.ID, t.Name, t.Language, t.Category, t.Status, string(t.Header.Kind), t.Header.Text, t.Body, t.Footer}
	for _, b := range t.Buttons {
		texts = append(texts, string(b.Kind), b.Text, b.URL, b.Phone)
	}

	digest := sha256.Sum256(fmt.Appendf(nil, "%q", texts)) // quoted, so that no two are spelled the same

	return hex.EncodeToString(digest[:12])
}

// HeaderKind says what a header holds.
type HeaderKind string

// The kinds of header. The zero value is no header.
const (
	HeaderNone     HeaderKind = ""
	HeaderText     HeaderKind = "text"
	HeaderImage    HeaderKind = "image"
	HeaderVideo    HeaderKind = "video"
	HeaderDocument HeaderKind = "document"
	HeaderLocation HeaderKind = "location"
)

// Header is a template's header.
type Header struct {
	Kind HeaderKind
	// Text of a text header; it may hold placeholders.
	Text string
	// MediaURL of the sample or of the medium to send.
	MediaURL string
}

// ButtonKind says what a button does.
type ButtonKind string

// The kinds of button. Providers have others; they keep their own word in lower case.
const (
	ButtonQuickReply ButtonKind = "quick_reply"
	ButtonURL        ButtonKind = "url"
	ButtonPhone      ButtonKind = "phone_number"
	ButtonOTP        ButtonKind = "otp"
	ButtonCopyCode   ButtonKind = "copy_code"

	// buttonOrderDetails shows an order for review and payment, at Meta.
	buttonOrderDetails ButtonKind = "order_details"
)

// Button is one button of a template.
type Button struct {
	Kind ButtonKind
	// Text is the label.
	Text string
	// URL of a link; it may end in a placeholder.
	URL string
	// Phone that the button calls, as the provider spells it.
	Phone string
}

// Rendered is a template with its values in place: what the shopper sees.
type Rendered struct {
	Header  Header
	Body    string
	Footer  string
	Buttons []Button
}

// sendable are the statuses of a template that can be sent. FLAGGED is at risk and LOCKED cannot be edited; both can be
// sent. REINSTATED and UNARCHIVED follow a pause and the archive (shared/provider/cloudapi/CONTRACT.md section 9.4).
var sendable = map[string]bool{"APPROVED": true, "FLAGGED": true, "LOCKED": true, "REINSTATED": true, "UNARCHIVED": true}

// Sendable reports whether the template can be sent, by its status in any case. Unknown statuses are not sendable; an empty
// one is, because some providers list none.
func (t Template) Sendable() bool { return t.Status == "" || sendable[strings.ToUpper(t.Status)] }

// Count returns the number of values that [Template.Render] takes: the different placeholders of the header, of the body and of each
// link, counted apart since each part numbers its own.
func (t Template) Count() int {
	n := len(Placeholders(t.Header.Text)) + len(Placeholders(t.Body))
	for _, b := range t.Buttons {
		n += len(Placeholders(b.URL))
	}
	return n
}

// Render puts values into their places: first the header's, then the body's, then the links' from the first button to the
// last, within each part in the order of [Placeholders]. A value that itself looks like a placeholder stays as it is. If
// the number of values differs from [Template.Count], the error is [ErrParamCount].
func (t Template) Render(values []string) (Rendered, error) {
	if want := t.Count(); len(values) != want {
		return Rendered{}, fmt.Errorf("render: %w: %d values for %d places", ErrParamCount, len(values), want)
	}

	r := Rendered{Header: t.Header, Footer: t.Footer}
	r.Header.Text, values = fill(t.Header.Text, values)
	r.Body, values = fill(t.Body, values)

	if len(t.Buttons) > 0 {
		r.Buttons = slices.Clone(t.Buttons)
	}

	for i := range r.Buttons {
		r.Buttons[i].URL, values = fill(r.Buttons[i].URL, values)
	}

	return r, nil
}

// Placeholders are the different placeholders of a text without their braces: by number if all are numbers, else in the
// order in which they first occur. White space inside the braces does not matter.
func Placeholders(text string) []string {
	var names []string

	numbers := true
	for rest := text; ; {
		_, name, after, ok := cut(rest)
		if !ok {
			break
		}

		rest = after
		if !slices.Contains(names, name) {
			names = append(names, name)
			numbers = numbers && isNumber(name)
		}
	}

	if numbers {
		slices.SortFunc(names, func(a, b string) int {
			if len(a) != len(b) {
				return len(a) - len(b)
			}
			return strings.Compare(a, b)
		})
	}

	return names
}

// fill replaces the placeholders of one part and gives back the values that it did not use.
func fill(text string, values []string) (filled string, unused []string) {
	names := Placeholders(text)
	if len(names) == 0 {
		return text, values
	}

	size := len(text)
	for _, v := range values[:len(names)] {
		size += len(v)
	}

	var b strings.Builder
	b.Grow(size)

	for rest := text; ; {
		before, name, after, ok := cut(rest)
		if !ok {
			b.WriteString(rest)
			return b.String(), values[len(names):]
		}

		b.WriteString(before)
		b.WriteString(values[slices.Index(names, name)])

		rest = after
	}
}

// cut finds the first placeholder of a text. Braces around anything but a word are text.
func cut(text string) (before, name, after string, ok bool) {
	for from := 0; ; {
		open := strings.Index(text[from:], "{{")
		if open < 0 {
			return text, "", "", false
		}

		open += from
		end := strings.Index(text[open:], "}}")
		if end < 0 {
			return text, "", "", false
		}

		end += open
		// Of "{{{1}}" and "{{ {{1}}" the innermost braces count.
		open = strings.LastIndex(text[:end], "{{")
		if word := strings.TrimSpace(text[open+2 : end]); isPlaceholder(word) {
			return text[:open], word, text[end+2:], true
		}

		from = end + 2
	}
}

func isPlaceholder(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '_':
		default:
			return false
		}
	}

	return s != ""
}

// isNumber is true for a number as placeholders have them, without leading zeros.
func isNumber(s string) bool {
	n, err := strconv.ParseUint(s, 10, 16)
	return err == nil && strconv.FormatUint(n, 10) == s
}
