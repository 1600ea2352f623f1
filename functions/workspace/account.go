package workspace

import (
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/httpx"
	"github.com/eshopbox/whatsapp-notifications/shared/settings"
)

// accountBody is an account as it is answered.
type accountBody struct {
	AccountID string `json:"accountId"`
	accountFields
	Version int64 `json:"version"`
}

// accountFields are what the platform sets of an account.
type accountFields struct {
	Slug              string              `json:"slug" api:"required"`
	Name              string              `json:"name" api:"required"`
	TimeZone          string              `json:"timeZone" api:"required"`
	ConsentMode       account.ConsentMode `json:"consentMode"`
	Declaration       *declaration        `json:"declaration" api:"nullable"`
	PortalLink        string              `json:"portalLink"`
	MarkupBasisPoints int                 `json:"markupBasisPoints"`
	DailyLimit        int64               `json:"dailyLimitMicros"`
	MonthlyLimit      int64               `json:"monthlyLimitMicros"`
}

type declaration struct {
	By   string `json:"by" api:"required"`
	At   string `json:"at"`
	Text string `json:"text" api:"required"`
}

func bodyOf(a account.Account) accountBody {
	body := accountBody{
		AccountID: a.ID,
		Version:   a.Version,
		accountFields: accountFields{
			Slug:              a.Slug,
			Name:              a.Name,
			TimeZone:          a.TimeZone,
			ConsentMode:       a.ConsentMode,
			PortalLink:        a.PortalLink,
			MarkupBasisPoints: a.MarkupBasisPoints,
			DailyLimit:        a.Limits.DailyMicros,
			MonthlyLimit:      a.Limits.MonthlyMicros,
		},
	}
	if d := a.Declaration; d != nil {
		body.Declaration = &declaration{By: d.By, At: moment(d.At), Text: d.Text}
	}

	return body
}

// moment returns a time as it is answered.
func moment(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// exact is moment with the microseconds that a hash is over.
func exact(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999Z07:00") }

// input returns the fields as the use case takes them.
func (f accountFields) input() (settings.AccountInput, error) {
	in := settings.AccountInput{
		Slug:              f.Slug,
		Name:              f.Name,
		TimeZone:          f.TimeZone,
		ConsentMode:       f.ConsentMode,
		PortalLink:        f.PortalLink,
		MarkupBasisPoints: f.MarkupBasisPoints,
		Limits:            account.Limits{DailyMicros: f.DailyLimit, MonthlyMicros: f.MonthlyLimit},
	}
	if f.Declaration == nil {
		return in, nil
	}

	in.Declaration = &settings.DeclarationInput{By: f.Declaration.By, Text: f.Declaration.Text}
	if f.Declaration.At == "" {
		return in, nil
	}

	at, err := time.Parse(time.RFC3339, f.Declaration.At)
	if err != nil {
		return in, fault.Field("declaration.at", "must be a time with its zone, such as 2026-11-20T10:20:00+05:30")
	}

	in.Declaration.At = at

	return in, nil
}

// answer answers with an account and its ETag.
func (c *call) answer(status int, a account.Account) error {
	return c.answerAt(status, a.Version, bodyOf(a))
}

func (h *handler) listAccounts(c *call) error {
	limit, err := c.limit()
	if err != nil {
		return err
	}

	all, next, err := h.Workspace.Accounts(c.r.Context(), c.caller, c.r.URL.Query().Get("after"), limit)
	if err != nil {
		return err
	}

	answer := struct {
		Accounts []accountBody `json:"accounts"`
		// Next is the after of the next page; absent on the last one.
		Next string `json:"next,omitempty"`
	}{[]accountBody{}, next}

	for _, a := range all {
		answer.Accounts = append(answer.Accounts, bodyOf(a))
	}

	return httpx.WriteJSON(c.w, http.StatusOK, answer)
}

func (h *handler) getAccount(c *call) error {
	a, err := h.Workspace.Account(c.r.Context(), c.caller, c.args["accountId"])
	if err != nil {
		return err
	}

	return c.answer(http.StatusOK, a)
}

func (h *handler) putAccount(c *call) error {
	var fields accountFields
	if err := c.decode(&fields); err != nil {
		return err
	}

	in, err := fields.input()
	if err != nil {
		return err
	}

	seen, err := c.seen()
	if err != nil {
		return err
	}

	a, created, err := h.Workspace.PutAccount(c.r.Context(), c.caller, c.args["accountId"], in, seen)
	if err != nil {
		return err
	}
	if created {
		return c.answer(http.StatusCreated, a)
	}

	return c.answer(http.StatusOK, a)
}
