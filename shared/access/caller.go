// Package access says what a [Caller] may do at an account: each [Role] meets some [Need] or other. It verifies nothing: package auth
// finds out whose a request is.
package access

import (
	"fmt"
	"io"
	"log/slog"
	"slices"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
)

// Role is what a caller is for.
type Role string

// The roles.
const (
	// Viewer sees the settings and messages of its accounts.
	Viewer Role = "viewer"
	// Editor also changes settings.
	Editor Role = "editor"
	// Support sees what a viewer does, may have a telephone number shown, and records what shoppers say of messages.
	Support Role = "support"
	// Platform may do everything at every account, and makes accounts.
	Platform Role = "platform"
)

// Known reports whether it is one of the roles.
func (r Role) Known() bool { return grants[r] != 0 }

// Need is what a call needs its caller to be allowed.
type Need int

// The needs.
const (
	// Read is to see settings and messages, without telephone numbers.
	Read Need = 1 << iota
	// Write is to change an account's settings.
	Write
	// Reveal is to see a telephone number.
	Reveal
	// Operate is what the platform does itself: to make accounts, apps of its own and rate cards, and to carry out what an authority orders.
	Operate
	// Record is to add to a shopper's ledger what the shopper has said of messages.
	Record
)

// grants are the needs that each role meets.
var grants = map[Role]Need{
	Viewer:   Read,
	Editor:   Read | Write | Record,
	Support:  Read | Reveal | Record,
	Platform: Read | Write | Reveal | Operate | Record,
}

// Caller is whose a request is. The zero Caller may do nothing. Neither fmt nor slog nor JSON tells who it is.
type Caller struct {
	// Subject is who it is, for good. That of a service begins with "service:".
	Subject string
	// Name is what people call it; of a service the part of its e-mail before the @. Name and Email may be empty of people.
	Name  string
	Email string
	Role  Role
	// Accounts are the ids of the accounts that it may touch; All says that it may touch every one.
	Accounts []string
	All      bool
}

// May returns nil if the caller may do to the account what the need says, and else an error of kind Forbidden. It reads nothing, and
// its text is the same whether there is such an account or not, so that nobody learns that. Without an account, as with an empty id, it
// is about the platform's own things.
func (c Caller) May(need Need, accountID string) error {
	if c.granted(need) && (c.All || accountID != "" && slices.Contains(c.Accounts, accountID)) {
		return nil
	}

	return forbidden("access.May")
}

// MaySomewhere returns nil if the caller may do at any account what the need says, and else the error of [Caller.May]. It is for what is
// the same for all accounts.
func (c Caller) MaySomewhere(need Need) error {
	if c.granted(need) && (c.All || len(c.Accounts) > 0) {
		return nil
	}

	return forbidden("access.MaySomewhere")
}

// MayGive returns nil if a role meets no need that the caller's own does not, so that the caller may let somebody in with it; else the error
// of [Caller.May].
func (c Caller) MayGive(role Role) error {
	if role.Known() && grants[role]&^grants[c.Role] == 0 {
		return nil
	}

	return forbidden("access.MayGive")
}

func (c Caller) granted(need Need) bool { return need != 0 && grants[c.Role]&need == need }

func forbidden(op string) error {
	return fault.New(fault.Forbidden, op, "you may not do this at this account")
}

// String is the role alone.
func (c Caller) String() string { return "caller(" + string(c.Role) + ")" }

// Format writes the role alone, for every verb.
func (c Caller) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText writes the role alone; JSON uses it.
func (c Caller) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// LogValue is the role alone.
func (c Caller) LogValue() slog.Value { return slog.StringValue(c.String()) }
