package workspace

import (
	"net/http"

	"github.com/eshopbox/whatsapp-notifications/shared/checks"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/story"
)

// entryBody is one thing that happened to an order. Beside what it is about it has one of the objects, as its kind says.
type entryBody struct {
	At        string `json:"at"`
	Kind      string `json:"kind"`
	Event     string `json:"event,omitempty"`
	Shipment  string `json:"shipment,omitempty"`
	MessageID string `json:"messageId,omitempty"`
	Day       string `json:"day,omitempty"`

	Decision *decisionBody    `json:"decision,omitempty"`
	Attempt  *sendAttemptBody `json:"attempt,omitempty"`
	Report   *reportBody      `json:"report,omitempty"`
	Reply    *replyBody       `json:"reply,omitempty"`
	Action   *actionBody      `json:"action,omitempty"`
	Answer   *sessionBody     `json:"answer,omitempty"`
	Reveal   *revealBody      `json:"reveal,omitempty"`
}

type decisionBody struct {
	Outcome string `json:"outcome"`
	Because string `json:"because,omitempty"`
	wordsBody
	Settings int64 `json:"settingsVersion,omitempty"`
}

type sendAttemptBody struct {
	attemptBody
	AppID    string `json:"appId,omitempty"`
	Template string `json:"template,omitempty"`
}

type reportBody struct {
	Attempt int    `json:"attempt"`
	Status  string `json:"status"`
	Late    bool   `json:"late"`
	Class   string `json:"class,omitempty"`
	Code    string `json:"code,omitempty"`
	wordsBody
}

type replyBody struct {
	ReplyID string `json:"replyId"`
	Type    string `json:"type"`
	Tap     bool   `json:"tap"`
	Label   string `json:"label,omitempty"`
	Keyword string `json:"keyword,omitempty"`
}

type actionBody struct {
	Code  string `json:"code,omitempty"`
	Mode  string `json:"mode"`
	State string `json:"state"`
	At    string `json:"at"`
	By    string `json:"by"`
	Why   string `json:"why,omitempty"`
	// Date is the day that the shopper wants, of ACTF002.
	Date        string `json:"date,omitempty"`
	WithDetails bool   `json:"withDetails,omitempty"`
	// DoneAt is when the state was the last one; absent before.
	DoneAt string `json:"doneAt,omitempty"`
	wordsBody
}

type sessionBody struct {
	Purpose string `json:"purpose"`
	ReplyID string `json:"replyId,omitempty"`
}

type revealBody struct {
	By     string `json:"by"`
	Reason string `json:"reason"`
}

// outcomes are what decisions came to, as callers call it.
var outcomes = map[checks.Outcome]string{
	checks.Passed: "send",
	checks.Waits:  "wait",
	checks.Failed: "refuse",
}

func entryOf(e story.Entry) entryBody {
	body := entryBody{
		At:        moment(e.At),
		Kind:      string(e.Kind),
		Event:     e.Event,
		Shipment:  e.Shipment,
		MessageID: e.MessageID,
		Day:       e.Day,
	}

	if d := e.Decision; d != nil {
		body.Decision = &decisionBody{outcomes[d.Outcome], d.Because, wordsOf(d.Words), d.Settings}
	}
	if a := e.Attempt; a != nil {
		body.Attempt = &sendAttemptBody{attemptOf(a.AttemptNote), a.AppID, a.TemplateID}
	}
	if r := e.Report; r != nil {
		body.Report = &reportBody{r.Attempt, string(r.Status), r.Late, string(r.Class), r.Code, wordsOf(r.Words)}
	}
	if r := e.Reply; r != nil {
		body.Reply = &replyBody{r.ID, r.Type, r.Tap, r.Label, r.Keyword}
	}
	if a := e.Action; a != nil {
		body.Action = &actionBody{a.Code, string(a.Mode), string(a.State), moment(e.At), a.By, string(a.Why), a.Date, a.WithDetails, momentOr(a.DoneAt), wordsOf(a.Words)}
	}
	if a := e.Answer; a != nil {
		body.Answer = &sessionBody{a.Purpose, a.ReplyID}
	}
	if r := e.Reveal; r != nil {
		body.Reveal = &revealBody{r.By, r.Reason}
	}

	return body
}

func (h *handler) getActivity(c *call) error {
	o, err := h.Teller.Order(c.r.Context(), c.caller, c.args["accountId"], c.args["orderId"])
	if err != nil {
		return err
	}

	body := struct {
		orderBody
		Entries []entryBody `json:"entries"`
	}{orderOf(o.OrderID, o.Number, o.Kept, o.Explanation), []entryBody{}}
	for _, e := range o.Entries {
		body.Entries = append(body.Entries, entryOf(e))
	}

	return httpx.WriteJSON(c.w, http.StatusOK, body)
}
