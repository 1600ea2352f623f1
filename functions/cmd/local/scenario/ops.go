package scenario

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/eshopbox/whatsapp-notifications/shared/fault"
	"github.com/eshopbox/whatsapp-notifications/shared/message"
	"github.com/eshopbox/whatsapp-notifications/shared/page"
)

// Operator runs commands of ops.
type Operator interface {
	// Run runs ops with these arguments and standard input. It returns what ops writes to its standard output; if ops fails, the error has what it says.
	Run(ctx context.Context, args []string, input string) (said string, err error)
}

// opsPrefix is how the runbook begins a command of ops.
const opsPrefix = "go run ./functions/cmd/ops "

// Runbook has the lines of shell in each section of the runbook, by the section's title.
type Runbook map[string][]string

// ReadRunbook reads the code blocks of its text. A comment behind a command is no part of it.
func ReadRunbook(text string) Runbook {
	book := Runbook{}
	section, inside := "", false

	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)

		switch {
		case strings.HasPrefix(line, "```"):
			inside = !inside && line == "```sh"
		case !inside && strings.HasPrefix(line, "#"):
			section = strings.TrimSpace(strings.TrimLeft(line, "#"))
		case inside && line != "":
			command, _, _ := strings.Cut(line, "  #")
			book[section] = append(book[section], strings.TrimSpace(strings.TrimSuffix(command, " #")))
		}
	}

	return book
}

// has returns an error unless a section has a command of ops, as it stands there.
func (b Runbook) has(section, command string) error {
	if slices.Contains(b[section], opsPrefix+command) {
		return nil
	}

	return fault.Field("run", fmt.Sprintf("%q is no command of the runbook's section %q, which has %q", command, section, b[section]))
}

// CheckRunbook returns an error that names the first step whose command the runbook does not have.
func (s Scenario) CheckRunbook(b Runbook) error {
	for i, step := range s.Steps {
		if step.Do != Operate {
			continue
		}
		if err := b.has(step.Section, step.Run); err != nil {
			return at(stepName(i), err)
		}
	}

	return nil
}

// operate runs a command as a section of the runbook has it, with what stands for its placeholders: once, or once for each of the groups or addresses that the
// commands before it listed. A command with -n, or one that has to fail, must change nothing.
func (a *Actor) operate(ctx context.Context, s Step) (Said, error) {
	if a.Operator == nil {
		return Said{}, fault.Field("do", "cannot be ops on this run: open a terminal for it")
	}
	if err := a.Runbook.has(s.Section, s.Run); err != nil {
		return Said{}, err
	}

	fills, err := a.fills(ctx, s)
	if err != nil {
		return Said{}, err
	}

	said := Said{Words: "an operator opens the section " + s.Section}

	for _, fill := range fills {
		if err = a.run(ctx, s, fill, &said); err != nil {
			return said, err
		}
	}

	return said, nil
}

// run runs a command once, and adds what it says.
func (a *Actor) run(ctx context.Context, s Step, fill *strings.Replacer, said *Said) error {
	before, err := a.visible(ctx, s.Order)
	if err != nil {
		return err
	}

	line := fill.Replace(s.Run)
	said.Lines = append(said.Lines, "$ ops "+line)

	out, failed := a.Operator.Run(ctx, strings.Fields(line), s.Input)

	text := out
	if failed != nil {
		text += failed.Error()
	}

	for one := range strings.Lines(text) {
		said.Lines = append(said.Lines, "  "+strings.TrimRight(one, "\n"))
	}

	if failed == nil {
		a.listed(out)
	}

	switch {
	case s.Fails == "" && failed != nil:
		return fmt.Errorf("ops %s: %w", line, failed)
	case s.Fails != "" && failed == nil:
		return fmt.Errorf("ops %s works, and was to fail: %s", line, out)
	case !strings.Contains(text, s.Fails):
		return fmt.Errorf("ops %s fails otherwise than by %q: %s", line, s.Fails, text)
	}

	for _, word := range s.Says {
		if word = fill.Replace(word); !strings.Contains(text, word) {
			return fmt.Errorf("ops %s does not say %q: %s", line, word, text)
		}
	}

	if s.Fails == "" && !slices.Contains(strings.Fields(line), "-n") {
		return nil
	}

	after, err := a.visible(ctx, s.Order)
	if err == nil && after != before {
		err = fmt.Errorf("ops %s was to change nothing: there was %s, and is %s", line, before, after)
	}

	return err
}

// visible says what a command must not change that is to change nothing: what messages there are, what the shopper's phone shows, and what is a dead letter.
func (a *Actor) visible(ctx context.Context, orderID string) (string, error) {
	var orders []string
	if orderID != "" {
		orders = []string{orderID}
	}

	e, err := a.endOf(ctx, orders...)
	if err != nil {
		return "", err
	}

	o := e.Orders[orderID]

	return fmt.Sprintf("%s, %s and %s, %v on phones, %v dead letters", o.Consent, page.Plural(len(o.Messages), "message"), page.Plural(len(o.Actions), "choice"), e.Phones, e.DeadLetters), nil
}

// What ops lists: groups of dead letters, and the addresses of a webhook by their hashes.
var (
	groupForm   = regexp.MustCompile(`(?m)^  (g[0-9a-f]{8})  `)
	addressForm = regexp.MustCompile(`(?m)^address \S+/([0-9a-f]{32}), added at `)
)

// listed notes what a command listed, for the commands after it. The newest address is the one that the provider was told.
func (a *Actor) listed(out string) {
	a.mu.Lock()
	defer a.mu.Unlock()

	if found := groupForm.FindAllStringSubmatch(out, -1); found != nil {
		a.groups = seconds(found)
	}
	if found := addressForm.FindAllStringSubmatch(out, -1); found != nil {
		a.tokens = seconds(found[:len(found)-1])
	}
}

func seconds(found [][]string) []string {
	all := make([]string, len(found))
	for i, match := range found {
		all[i] = match[1]
	}

	return all
}

// fills returns what fills the placeholders of a command, once for each time that it is run.
func (a *Actor) fills(ctx context.Context, s Step) ([]*strings.Replacer, error) {
	values := map[string]string{"APP": s.App, "TOPIC": s.Topic, "ORDER": s.Order}

	if s.Order != "" {
		o, err := a.order(ctx, s.Order)
		if err != nil {
			return nil, err
		}

		values["ACCOUNT"] = o.accountID

		if strings.Contains(s.Run+strings.Join(s.Says, " "), "MESSAGE_ID") {
			if values["MESSAGE_ID"], err = a.newest(ctx, o); err != nil {
				return nil, err
			}
		}
	}

	// The longer name first: a replacer takes the first that fits.
	pairs := []string{}

	for _, name := range []string{"MESSAGE_ID", "ACCOUNT", "ORDER", "TOPIC", "APP"} {
		switch {
		case values[name] != "":
			pairs = append(pairs, name, values[name])
		case strings.Contains(s.Run, name):
			return nil, fault.Field("run", "has the placeholder "+name+", for which nothing stands here")
		}
	}

	a.mu.Lock()
	defer a.mu.Unlock()

	for name, all := range map[string][]string{"GROUP": a.groups, "TOKEN": a.tokens} {
		if !strings.Contains(s.Run, name) {
			continue
		}
		if all == nil {
			return nil, fault.Field("run", "has the placeholder "+name+", and no command before it listed any")
		}

		return each(pairs, name, all), nil
	}

	return []*strings.Replacer{strings.NewReplacer(pairs...)}, nil
}

// each returns a filling for each value of one more placeholder.
func each(pairs []string, name string, values []string) []*strings.Replacer {
	all := make([]*strings.Replacer, len(values))
	for i, v := range values {
		all[i] = strings.NewReplacer(append(slices.Clone(pairs), name, v)...)
	}

	return all
}

// newest returns the id of an order's newest message.
func (a *Actor) newest(ctx context.Context, o ownedOrder) (string, error) {
	all, err := a.Store.MessagesOfOrder(ctx, o.accountID, o.ID)

	all = slices.DeleteFunc(all, func(m message.Message) bool { return m.Status() == message.StatusRefused })
	if err == nil && len(all) == 0 {
		err = errors.New("the order has no message")
	}
	if err != nil {
		return "", err
	}

	return all[len(all)-1].ID, nil
}
