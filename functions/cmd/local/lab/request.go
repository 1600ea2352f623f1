package lab

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/config"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator"
	"github.com/eshopbox/whatsapp-notifications/shared/local/simulator/witness"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// maxRequests is the most requests that are shown, the newest.
const maxRequests = 200

// Request is a request that a simulated system got, as it came, and what it answered. Credentials are never kept.
type Request struct {
	ID     uint64    `json:"id"`
	At     time.Time `json:"at"`
	System string    `json:"system"`
	Method string    `json:"method"`
	Path   string    `json:"path"`
	// Type is that of the body, which is cut at 64 KiB, and forgotten once it is old.
	Type    string `json:"contentType,omitempty"`
	Body    string `json:"body,omitempty"`
	BodyCut bool   `json:"bodyCut,omitempty"`
	// Status is 0 if nothing was answered.
	Status     int    `json:"status"`
	AnswerType string `json:"answerType,omitempty"`
	Answer     string `json:"answer,omitempty"`
	AnswerCut  bool   `json:"answerCut,omitempty"`
}

// RequestFilter says which requests are wanted: those of an order, of a system, or both. Clear leaves telephone numbers as they came.
type RequestFilter struct {
	OrderID, System string
	Clear           bool
}

// getRequests answers with what the simulated systems got.
func (l *Lab) getRequests(rw http.ResponseWriter, r *http.Request) error {
	if err := httpx.RequireMethod(rw, r, http.MethodGet); err != nil {
		return err
	}

	q := r.URL.Query()
	f := RequestFilter{System: q.Get("system"), Clear: q.Get("clear") == "1"}

	if q.Has("orderId") || f.System == "" {
		id, err := orderIDOf(r)
		if err != nil {
			return err
		}

		f.OrderID = id
	}
	if f.System != "" && !slices.Contains(simulator.Systems(), f.System) {
		return fault.Field("system", named(f.System)+" is none of "+strings.Join(simulator.Systems(), ", "))
	}

	requests, err := l.Requests(r.Context(), f)
	if err != nil {
		return err
	}

	return httpx.WriteJSON(rw, http.StatusOK, requests)
}

// Requests returns what the simulated systems got, oldest first: the newest 200. Those of an order name it, the number that its shopper knows it by, the
// shopper's own number, or a provider's id of a message of its, in the path, the body or the answer; each as a whole, not as a part of a longer one.
func (l *Lab) Requests(ctx context.Context, f RequestFilter) ([]Request, error) {
	var signs []string

	if f.OrderID != "" {
		messages, err := l.Store.MessagesOfOrderInAllAccounts(ctx, f.OrderID)
		if err != nil {
			return nil, err
		}

		signs = signsOf(f.OrderID, messages)
	}

	all := []Request{}

	for _, r := range slices.Backward(l.Simulator.Log().Requests()) {
		if len(all) == maxRequests {
			break
		}
		if (f.System == "" || r.System == f.System) && (signs == nil || names(r, signs)) {
			all = append(all, shownRequest(r, f))
		}
	}

	slices.Reverse(all)

	return all, nil
}

// signsOf returns what is found in the requests of an order.
func signsOf(orderID string, messages []message.Message) []string {
	signs := []string{orderID}

	for _, m := range messages {
		if n, err := phone.FromE164(m.Phone); err == nil {
			signs = append(signs, n.National(), n.Digits())
		}
		if m.Activity.OrderNumber != "" {
			signs = append(signs, m.Activity.OrderNumber)
		}

		for _, a := range m.Attempts {
			signs = append(signs, a.IDs...)
		}
	}

	return signs
}

// names reports whether a request has one of the signs.
func names(r witness.Request, signs []string) bool {
	body := r.Body
	if form, err := url.QueryUnescape(body); err == nil && strings.HasPrefix(r.ContentType, "application/x-www-form-urlencoded") {
		body = form
	}

	return slices.ContainsFunc(signs, func(sign string) bool {
		return hasWhole(r.Path, sign) || hasWhole(body, sign) || hasWhole(r.Answer, sign)
	})
}

// hasWhole reports whether a text has an id that is no part of a longer word or number.
func hasWhole(text, id string) bool {
	for {
		before, after, found := strings.Cut(text, id)
		if !found {
			return false
		}

		last, _ := utf8.DecodeLastRuneInString(before)
		first, _ := utf8.DecodeRuneInString(after)

		if !isOfWord(last) && !isOfWord(first) {
			return true
		}

		text = after
	}
}

func isOfWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func shownRequest(r witness.Request, f RequestFilter) Request {
	mask := maskNumbers
	if f.Clear {
		mask = func(text string) string { return text }
	}

	return Request{
		ID:         r.ID,
		At:         r.At.In(config.IST),
		System:     r.System,
		Method:     r.Method,
		Path:       mask(r.Path),
		Type:       r.ContentType,
		Body:       mask(r.Body),
		BodyCut:    r.BodyCut,
		Status:     r.Status,
		AnswerType: r.AnswerType,
		Answer:     mask(r.Answer),
		AnswerCut:  r.AnswerCut,
	}
}

// digits are runs that may be telephone numbers.
var digits = regexp.MustCompile(`\d{10,15}`)

// maskNumbers hides telephone numbers but for their last four digits. Times, and ids of another form than a number's, stay.
func maskNumbers(text string) string {
	const shown = 4

	return digits.ReplaceAllStringFunc(text, func(run string) string {
		if !phone.Resembles(run) {
			return run
		}

		return strings.Repeat("*", len(run)-shown) + run[len(run)-shown:]
	})
}
