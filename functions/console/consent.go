package console

import (
	"errors"
	"net/http"
	"time"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/customers"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// ledgerRows is how many entries of a ledger a page shows.
const ledgerRows = 50

// consentView is what the page of consent shows beside its forms.
type consentView struct {
	// None says that the number that was looked for is nobody's.
	None  bool
	Block blockForm
	// Blocks says that the caller may carry out what an authority orders.
	Blocks bool
	// Report is of an import that was just made.
	Report *importReport
	From   string
}

// blockForm is the form of an authority's order. It never shows a number again.
type blockForm struct {
	Action, Reference string
	// Done is what came of it; nil before.
	Done *customers.Blocked
}

func consentPage() pageView {
	return pageView{Title: "Consent", Tab: "consent", Lead: "Who agreed to messages, who took it back, and what proves it."}
}

func (h *handler) consentOf(c *call) consentView {
	return consentView{Blocks: c.caller.May(access.Operate, "") == nil, Block: blockForm{Action: string(consent.Block)}}
}

// consent shows the search for a shopper, and the forms of an account's consents.
func (h *handler) consent(c *call) error {
	return c.show("consent", consentPage(), h.consentOf(c))
}

// consentLabels are what the pages call the fields of their forms.
var consentLabels = map[string]string{
	"phone":         "The number",
	"action":        "What was said",
	"source":        "Where it was said",
	"purpose":       "What it is about",
	"reference":     "The reference",
	"noticeVersion": "The notice",
	"occurredAt":    "When it was said",
	"reason":        "The reason",
	"file":          "The file",
	"from":          "The line to go on from",
}

func consentLabel(field string) string { return consentLabels[field] }

// findShopper looks for the shopper of a number. The number comes in the form's body, so that no address and no log has it.
func (h *handler) findShopper(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	found, err := h.Customers.Search(c.ctx(), c.caller, c.accountID(), c.sent.Get("phone"))
	if err == nil {
		return c.redirect(c.atConsent(found.Key))
	}

	view := h.consentOf(c)
	if _, unknown := h.Workspace.Account(c.ctx(), c.caller, c.accountID()); fault.Is(err, fault.NotFound) && unknown == nil {
		view.None = true
		return c.showWith(http.StatusNotFound, "consent", consentPage(), view)
	}

	p := consentPage()

	var status int
	if p.Problem, status, err = c.refused(err, "Nobody was looked for", consentLabel); err != nil {
		return err
	}

	return c.showWith(status, "consent", p, view)
}

// atConsent is the path of a shopper's page.
func (c *call) atConsent(key string) string { return "/accounts/" + c.accountID() + "/consent/" + key }

// shopperView is what the page of a shopper shows.
type shopperView struct {
	Key string
	customers.LedgerPage

	Said saidForm
	// Reason is why the shopper is to be erased, as it was typed.
	Reason string
	First  bool
}

// saidForm is the form of what a shopper has said elsewhere.
type saidForm struct {
	Action, Source, Purpose, Reference string
	NoticeVersion, NoticeHash          string
	// OccurredAt is a time in the account's zone, as browsers write one; empty for now.
	OccurredAt string
}

// shopperPage is the page of the shopper whom a key names.
func (c *call) shopperPage() pageView {
	return pageView{Title: "Shopper " + c.r.PathValue("customerKey")[:min(8, len(c.r.PathValue("customerKey")))], Tab: "consent"}
}

// shopper shows a shopper's ledger, and what may be done.
func (h *handler) shopper(c *call) error {
	view, err := h.shopperOf(c)
	if err != nil {
		return err
	}

	return c.show("ledger", c.shopperPage(), view)
}

func (h *handler) shopperOf(c *call) (shopperView, error) {
	key, cursor := c.r.PathValue("customerKey"), c.r.URL.Query().Get("cursor")

	ledger, err := h.Customers.Consents(c.ctx(), c.caller, c.accountID(), key, cursor, ledgerRows)
	if err != nil {
		return shopperView{}, err
	}

	return shopperView{
		Key:        key,
		LedgerPage: ledger,
		Said:       saidForm{Action: string(consent.Withdraw), Source: string(consent.Agent), Purpose: string(consent.Everything)},
		First:      cursor == "",
	}, nil
}

// recordSaid adds to a shopper's ledger what the shopper has told somebody.
func (h *handler) recordSaid(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	f := saidForm{
		Action:        c.sent.Get("action"),
		Source:        c.sent.Get("source"),
		Purpose:       c.sent.Get("purpose"),
		Reference:     c.sent.Get("reference"),
		NoticeVersion: c.sent.Get("noticeVersion"),
		NoticeHash:    c.sent.Get("noticeHash"),
		OccurredAt:    c.sent.Get("occurredAt"),
	}

	done, err := h.record(c, f)
	if err != nil {
		return h.refuseShopper(c, err, "Nothing was recorded", func(v *shopperView) { v.Said = f })
	}
	if done.Entry == nil {
		return c.done(c.atConsent(c.r.PathValue("customerKey")), "consent-known")
	}

	return c.done(c.atConsent(c.r.PathValue("customerKey")), "consent-recorded")
}

func (h *handler) record(c *call, f saidForm) (customers.Outcome, error) {
	if err := c.caller.May(access.Record, c.accountID()); err != nil {
		return customers.Outcome{}, err
	}
	if err := c.name(); err != nil {
		return customers.Outcome{}, err
	}

	at := time.Time{}

	if f.OccurredAt != "" {
		var err error
		if at, err = time.ParseInLocation("2006-01-02T15:04", f.OccurredAt, c.account.Zone()); err != nil {
			return customers.Outcome{}, fault.Field("occurredAt", "must be a day and a time, or empty for now")
		}
	}

	return h.Customers.Consent(c.ctx(), c.caller, c.accountID(), c.r.PathValue("customerKey"), customers.Said{
		Action:        consent.Action(f.Action),
		Source:        consent.Source(f.Source),
		Purpose:       consent.Purpose(f.Purpose),
		Reference:     f.Reference,
		NoticeVersion: f.NoticeVersion,
		NoticeHash:    f.NoticeHash,
		OccurredAt:    at,
	})
}

// refuseShopper shows a shopper's page again after a form that was refused, with what was typed.
func (h *handler) refuseShopper(c *call, cause error, heading string, typed func(v *shopperView)) error {
	p := c.shopperPage()

	var (
		status int
		err    error
	)
	if p.Problem, status, err = c.refused(cause, heading, consentLabel); err != nil {
		return err
	}

	if busy, ok := errors.AsType[*customers.OnItsWayError](cause); ok {
		p.Problem.Message = "A message to this shopper is on its way to the provider. Everything is withdrawn, but nothing is erased yet: try again in " +
			page.Plural(int64(busy.RetryAfter/time.Second)+1, "second") + "."
	}

	view, err := h.shopperOf(c)
	if err != nil {
		return err
	}

	typed(&view)

	return c.showWith(status, "ledger", p, view)
}

// blockNumber carries out what an authority orders of a number, at all accounts.
func (h *handler) blockNumber(c *call) error {
	if err := c.form(); err != nil {
		return err
	}

	view := h.consentOf(c)
	view.Block = blockForm{Action: c.sent.Get("action"), Reference: c.sent.Get("reference")}

	done, err := h.Customers.Block(c.ctx(), c.caller, c.sent.Get("phone"), consent.Action(view.Block.Action), view.Block.Reference)
	p := consentPage()

	if fault.Is(err, fault.NotFound) {
		_, msg := fault.Public(err)
		err = fault.New(fault.Conflict, "console.block", msg)
	}

	if err != nil {
		var status int
		if p.Problem, status, err = c.refused(err, "Nothing was ordered", consentLabel); err != nil {
			return err
		}
		if p.Problem.Field != "" {
			p.Problem.Field = "block." + p.Problem.Field // the page has two numbers
		}

		return c.showWith(status, "consent", p, view)
	}

	view.Block.Done = &done

	return c.show("consent", p, view)
}
