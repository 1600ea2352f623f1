package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// explanationBody says why a message was sent or not.
type explanationBody struct {
	Status   string `json:"status"`
	Because  string `json:"because"`
	Sentence string `json:"sentence"`
	Advice   string `json:"advice"`
	// Settings is the version of the account's settings that was decided by; absent if it is not known.
	Settings  int64         `json:"settingsVersion,omitempty"`
	DecidedAt string        `json:"decidedAt,omitempty"`
	Checks    []checkOfBody `json:"checks"`
	Attempts  []attemptBody `json:"attempts"`
	Notes     []wordsBody   `json:"notes"`
}

type checkOfBody struct {
	Name     string `json:"name"`
	Outcome  string `json:"outcome"`
	Question string `json:"question"`
	Value    string `json:"value,omitempty"`
	Now      string `json:"now,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

type attemptBody struct {
	Number int    `json:"number"`
	At     string `json:"at,omitempty"`
	Status string `json:"status,omitempty"`
	Class  string `json:"class,omitempty"`
	Code   string `json:"code,omitempty"`
	wordsBody
	PossibleDuplicate bool   `json:"possibleDuplicate"`
	Silence           string `json:"silence,omitempty"`
}

// wordsBody says something to a person.
type wordsBody struct {
	Sentence string `json:"sentence"`
	Advice   string `json:"advice"`
}

func wordsOf(w checks.Words) wordsBody { return wordsBody(w) }

func explanationOf(e checks.Explanation) explanationBody {
	body := explanationBody{
		Status:    string(e.Status),
		Because:   e.Because,
		Sentence:  e.Sentence,
		Advice:    e.Advice,
		Settings:  e.Settings,
		DecidedAt: momentOr(e.DecidedAt),
		Checks:    []checkOfBody{},
		Attempts:  []attemptBody{},
		Notes:     []wordsBody{},
	}

	for _, c := range e.Checks {
		body.Checks = append(body.Checks, checkOfBody{
			Name:     string(c.Name),
			Outcome:  string(c.Outcome),
			Question: c.Question,
			Value:    c.Value,
			Now:      c.Now,
			Reason:   string(c.Reason),
		})
	}

	for _, a := range e.Attempts {
		body.Attempts = append(body.Attempts, attemptOf(a))
	}

	for _, n := range e.Notes {
		body.Notes = append(body.Notes, wordsOf(n))
	}

	return body
}

func attemptOf(a checks.AttemptNote) attemptBody {
	return attemptBody{
		Number:            a.Number,
		At:                momentOr(a.At),
		Status:            string(a.Status),
		Class:             string(a.Class),
		Code:              a.Code,
		wordsBody:         wordsOf(a.Words),
		PossibleDuplicate: a.PossibleDuplicate,
		Silence:           string(a.Silence),
	}
}

// answerBody says of one happening whether the shopper was told.
type answerBody struct {
	MessageID  string `json:"messageId,omitempty"`
	OrderID    string `json:"orderId,omitempty"`
	Event      string `json:"event"`
	Shipment   string `json:"shipment,omitempty"`
	Purpose    string `json:"purpose,omitempty"`
	OccurredAt string `json:"occurredAt,omitempty"`
	Day        string `json:"day,omitempty"`
	explanationBody
}

func answerOf(a story.Answer) answerBody {
	return answerBody{
		MessageID:       a.MessageID,
		OrderID:         a.OrderID,
		Event:           a.Event,
		Shipment:        a.Shipment,
		Purpose:         a.Purpose,
		OccurredAt:      momentOr(a.At),
		Day:             a.Day,
		explanationBody: explanationOf(a.Explanation),
	}
}

func answersOf(all []story.Answer) []answerBody {
	bodies := make([]answerBody, len(all))
	for i, a := range all {
		bodies[i] = answerOf(a)
	}

	return bodies
}

// orderBody names an order, and says of an account without an app that nothing is kept.
type orderBody struct {
	OrderID string `json:"orderId"`
	Number  string `json:"orderNumber,omitempty"`
	Kept    bool   `json:"kept"`
	// Explanation says why nothing is kept; absent if it is.
	Explanation *wordsBody `json:"explanation,omitempty"`
}

func orderOf(id, number string, kept bool, e checks.Explanation) orderBody {
	body := orderBody{OrderID: id, Number: number, Kept: kept}
	if !kept {
		body.Explanation = &wordsBody{Sentence: e.Sentence, Advice: e.Advice}
	}

	return body
}

func (h *handler) explainMessage(c *call) error {
	a, err := h.Teller.ExplainMessage(c.r.Context(), c.caller, c.args["accountId"], c.args["messageId"])
	if err != nil {
		return err
	}

	return httpx.WriteJSON(c.w, http.StatusOK, answerOf(a))
}

func (h *handler) explainOrder(c *call) error {
	o, err := h.Teller.ExplainOrder(c.r.Context(), c.caller, c.args["accountId"], c.args["orderId"])
	if err != nil {
		return err
	}

	body := struct {
		orderBody
		Answers []answerBody `json:"answers"`
	}{orderOf(o.OrderID, o.Number, o.Kept, o.Explanation), answersOf(o.Answers)}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}

// explainShopper takes the number in the body: a path would bring it into the platform's logs.
func (h *handler) explainShopper(c *call) error {
	var fields struct {
		Phone string `json:"phone" api:"required"`
	}
	if err := c.decode(&fields); err != nil {
		return err
	}

	s, err := h.Teller.ExplainShopper(c.r.Context(), c.caller, c.args["accountId"], fields.Phone)
	if err != nil {
		return err
	}

	body := struct {
		Kept bool `json:"kept"`
		// Consent is null of a shopper whom the account never met.
		Consent     *string      `json:"consent"`
		Because     string       `json:"because,omitempty"`
		Explanation wordsBody    `json:"explanation"`
		Answers     []answerBody `json:"answers"`
		Older       bool         `json:"older"`
	}{Kept: s.Kept, Because: string(s.Unwanted), Explanation: wordsOf(s.Words), Answers: answersOf(s.Answers), Older: s.Older}
	if s.Consent != "" {
		body.Consent = &s.Consent
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}
