package settings

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/billing"
	"github.com/eshopbox/whatsapp-notifications/shared/blank"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

// AccountInput is what the platform sets of an account itself.
type AccountInput struct {
	// Slug is the workspace's name in URLs and events. It is kept in small letters, and no two accounts have the same.
	Slug string
	// Name is the brand's name as its shoppers know it.
	Name string
	// TimeZone is an IANA name, such as "Asia/Kolkata".
	TimeZone string
	// ConsentMode needs a Declaration if it is brand_declared; empty means explicit.
	ConsentMode account.ConsentMode
	Declaration *DeclarationInput
	// PortalLink is an https address, or empty.
	PortalLink        string
	MarkupBasisPoints int
	// Limits are the most that the account may spend; each 0 without one.
	Limits account.Limits
}

// DeclarationInput is a brand's word that its checkout collects the opt-in.
type DeclarationInput struct {
	// By is the person at the brand who gave it, Text what they said.
	By, Text string
	// At is when they did; zero means now, or when it was recorded if it is recorded already.
	At time.Time
}

const (
	maxName = 100
	maxText = 2000
	maxLink = 500
)

// PutAccount makes an account, or replaces what [AccountInput] has of one that must be as seen; its apps, its sender and its notifications
// stay, but for consents to charges, which a mark-up that rises ends. The caller must be of the platform. It is Conflict if another account
// has the slug.
func (w *Workspace) PutAccount(ctx context.Context, c access.Caller, id string, in AccountInput, seen Seen) (a account.Account, created bool, err error) {
	if err = w.CheckAccount(c, id, in); err != nil {
		return account.Account{}, false, err
	}

	now := w.clock.Now()

	a, err = w.edit(ctx, c, edition{
		accountID: id,
		seen:      seen,
		action:    "account.put",
		makes:     true,
		change: func(a *account.Account) error {
			created = a.ID == ""
			in.apply(a, now)
			return nil
		},
	})

	return a, created, err
}

// CheckAccount returns what is wrong with the input of [Workspace.PutAccount], every field that is, and stores nothing. Whether another
// account has the slug shows when it is put.
func (w *Workspace) CheckAccount(c access.Caller, id string, in AccountInput) error {
	if err := c.May(access.Operate, id); err != nil {
		return err
	}

	var p problems
	p.unless(account.IsID(id), "accountId", "must be digits, at most 20")
	in.check(&p, w.clock.Now())

	return errors.Join(p...)
}

// problems are the fields that are wrong, in the order in which they were looked at.
type problems []error

// unless notes what is wrong with a field unless it is right.
func (p *problems) unless(right bool, field, msg string) {
	if !right {
		*p = append(*p, fault.Field(field, msg))
	}
}

// check notes each field that is wrong.
func (in AccountInput) check(p *problems, now time.Time) {
	p.unless(account.IsSlug(in.Slug), "slug", "must be the workspace's name, of letters, digits, dots, hyphens and underscores, at most 64")
	p.unless(isLine(in.Name, maxName), "name", "must be the brand's name: one line, at most 100 characters")
	p.unless(isZone(in.TimeZone), "timeZone", "must be a time zone such as Asia/Kolkata")
	p.unless(slices.Contains([]account.ConsentMode{"", account.Explicit, account.BrandDeclared}, in.ConsentMode), "consentMode", "must be explicit or brand_declared")
	p.unless(isPortalLink(in.PortalLink), "portalLink", "must be an https address, at most 500 bytes")

	if err := billing.Markup(in.MarkupBasisPoints).Check("markupBasisPoints"); err != nil {
		*p = append(*p, err)
	}

	allowed := func(micros int64) bool { return micros >= 0 && micros <= account.MaxLimit }
	p.unless(allowed(in.Limits.DailyMicros), "dailyLimitMicros", "must be millionths of the currency's unit, at most 10^15; 0 sets no limit")
	p.unless(allowed(in.Limits.MonthlyMicros), "monthlyLimitMicros", "must be millionths of the currency's unit, at most 10^15; 0 sets no limit")

	in.checkDeclaration(p, now)
}

func (in AccountInput) checkDeclaration(p *problems, now time.Time) {
	d, declared := in.Declaration, in.ConsentMode == account.BrandDeclared

	p.unless(d != nil || !declared, "declaration", "is needed for brand_declared: who at the brand said in which words that its checkout collects the opt-in")
	p.unless(d == nil || declared, "declaration", "goes with brand_declared only")

	if d == nil || !declared {
		return
	}

	p.unless(isLine(d.By, maxName), "declaration.by", "must be a person's name: one line, at most 100 characters")
	p.unless(strings.TrimSpace(d.Text) != "" && utf8.RuneCountInString(d.Text) <= maxText, "declaration.text", "must be what was declared, at most 2000 characters")
	p.unless(!d.At.After(now), "declaration.at", "must not be in the future")
}

// isPortalLink reports whether a text is empty or an https address without a password.
func isPortalLink(text string) bool {
	link, err := url.Parse(text)

	return text == "" || err == nil && link.Scheme == "https" && link.Host != "" && link.User == nil && len(text) <= maxLink
}

// isLine reports whether a text is one line with something to see, of at most so many characters.
func isLine(s string, most int) bool {
	return strings.TrimSpace(s) != "" && utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, blank.IsControl)
}

// isZone reports whether a text names a time zone, and not that of whichever machine reads it.
func isZone(name string) bool {
	_, err := time.LoadLocation(name)
	return err == nil && name != "" && name != "Local"
}

// apply sets what is in the input.
func (in AccountInput) apply(a *account.Account, now time.Time) {
	a.Slug, a.Name, a.TimeZone = strings.ToLower(in.Slug), in.Name, in.TimeZone
	a.PortalLink, a.MarkupBasisPoints, a.Limits = in.PortalLink, in.MarkupBasisPoints, in.Limits

	if a.ConsentMode = in.ConsentMode; a.ConsentMode == "" {
		a.ConsentMode = account.Explicit
	}

	recorded := a.Declaration
	if a.Declaration = nil; in.Declaration == nil {
		return
	}

	d := account.Declaration{By: in.Declaration.By, At: in.Declaration.At, Text: in.Declaration.Text}
	if d.At.IsZero() {
		d.At = now
		if recorded != nil && recorded.By == d.By && recorded.Text == d.Text {
			d.At = recorded.At
		}
	}

	a.Declaration = &d
}

// Account returns an account.
func (w *Workspace) Account(ctx context.Context, c access.Caller, id string) (account.Account, error) {
	if err := c.May(access.Read, id); err != nil {
		return account.Account{}, err
	}

	return w.read(ctx, "settings.Account", id)
}

// Accounts lists the accounts that the caller may see, in the order of their ids, at most limit, beginning after the id after (empty: from
// the first). next is the after of the next page; empty if there is none. An account that somebody may see and that nobody has made is not
// in the list.
func (w *Workspace) Accounts(ctx context.Context, c access.Caller, after string, limit int) (all []account.Account, next string, err error) {
	if err = c.MaySomewhere(access.Read); err != nil {
		return nil, "", err
	}

	if c.All {
		all, err = w.store.Accounts(ctx, after, limit+1)
	} else {
		all, err = w.accountsOf(ctx, c, after, limit+1)
	}

	if err != nil || len(all) <= limit {
		return all, "", err
	}

	return all[:limit], all[limit-1].ID, nil
}

// accountsOf reads a page of the accounts that the caller names.
func (w *Workspace) accountsOf(ctx context.Context, c access.Caller, after string, limit int) ([]account.Account, error) {
	var all []account.Account

	for _, id := range slices.Compact(slices.Sorted(slices.Values(c.Accounts))) {
		if id <= after || len(all) == limit {
			continue
		}

		a, err := w.store.Account(ctx, id)
		switch {
		case errors.Is(err, store.ErrNotFound):
			continue
		case err != nil:
			return nil, err
		}

		all = append(all, a)
	}

	return all, nil
}
