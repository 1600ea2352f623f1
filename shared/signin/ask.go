package signin

import (
	"crypto/rand"
	"net/url"
	"path"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
	"github.com/eshopbox/whatsapp-notifications/shared/store"
)

const (
	maxPath = 500
	maxName = 100
)

// signInOf returns what is kept of a link that the caller asks for, but for its end.
func signInOf(c access.Caller, accountID string, ask Ask) (store.SignIn, error) {
	in := store.SignIn{
		Subject:   c.Subject,
		Name:      c.Name,
		Role:      string(c.Role),
		AccountID: accountID,
		Path:      "/accounts/" + accountID,
	}

	if ask.Role != "" {
		if !ask.Role.Known() {
			return store.SignIn{}, fault.Field("role", "must be viewer, editor, support or platform")
		}
		if err := c.MayGive(ask.Role); err != nil {
			return store.SignIn{}, err
		}

		in.Role = string(ask.Role)
	}

	if ask.Path != "" {
		if !isPage(accountID, ask.Path) {
			return store.SignIn{}, fault.Field("path", "must be the path of a page of this account in the console, such as /accounts/"+accountID+"/orders/51230077?tab=why")
		}

		in.Path = ask.Path
	}

	if ask.Person != nil {
		if err := c.May(access.Operate, accountID); err != nil {
			return store.SignIn{}, err
		}
		if err := ask.Person.check(); err != nil {
			return store.SignIn{}, err
		}

		// The caller's subject stays in front, so that no portal can speak for a person that another one has let in.
		in.Subject, in.Name = c.Subject+"/"+ask.Person.ID, ask.Person.Name
	} else if strings.HasPrefix(c.Subject, "service:") {
		// Whoever follows it is one of many: each is held to what one person may ask for, and what each does is told apart.
		in.Subject += "/visit-" + rand.Text()[:8]
	}

	return in, nil
}

// pageForm has letters, digits and what else stands in the console's addresses. Nothing in it can lead a browser to another place.
var pageForm = regexp.MustCompile(`^(/[A-Za-z0-9._~:%+-]+)+(\?[A-Za-z0-9._~:%+=&-]*)?$`)

// isPage reports whether an address is of a page of an account in the console: a path below the account's, with a query at most.
func isPage(accountID, address string) bool {
	if len(address) > maxPath || !pageForm.MatchString(address) {
		return false
	}

	u, err := url.Parse(address)
	home := "/accounts/" + accountID

	return err == nil && path.Clean(u.Path) == u.Path && !strings.ContainsFunc(u.Path, unicode.IsControl) && (u.Path == home || strings.HasPrefix(u.Path, home+"/"))
}

// check returns an error unless a person has an id and a name that may stand in the history of settings and in ledgers.
func (p Person) check() error {
	const id, name = "person.id", "person.name"

	switch {
	case p.ID == "" || !isLine(p.ID) || strings.ContainsFunc(p.ID, unicode.IsSpace):
		return fault.Field(id, "must be 1 to 100 characters without blanks")
	case strings.Contains(p.ID, "@") || phone.Within(p.ID):
		return fault.Field(id, "must not be an e-mail address or a telephone number: it is kept with what the person does")
	case strings.TrimSpace(p.Name) == "" || !isLine(p.Name):
		return fault.Field(name, "must be one line of 1 to 100 characters")
	default:
		return nil
	}
}

// isLine reports whether a text is one line and not too long.
func isLine(text string) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= maxName && !strings.ContainsFunc(text, unicode.IsControl)
}
