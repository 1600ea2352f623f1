package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
)

// effect is what a command does to what is stored.
type effect int

const (
	reads effect = iota
	// shows is reading what is of one shopper, or of all of an account's: it changes nothing and leaves a note all the same. What an operator needs while
	// nothing can be written, such as explain, is not among it.
	shows
	// writes has the command leave a note of what it did: it calls [ops.begin] before its first write.
	writes
)

// verb is a command that there is.
type verb struct {
	name string
	// subject is what its argument is, empty if it takes none.
	subject string
	effect  effect
	// what says what it does.
	what string
	do   func(o ops, ctx context.Context, subject string, dry bool) error
	// flags declares the flags that it has beside -n; nil if there are none.
	flags func(f *flag.FlagSet, c *command)
}

// verbs are the commands in the order of their names.
func verbs() []verb {
	return []verb{
		{"account", "FILE.json", writes, "puts the account that the file describes; its apps and events are set over the workspace API", ops.account, nil},
		{"dead-letter", "TOPIC/ID", reads, "shows a dead letter with its values masked; with -clear as it is, which is noted", ops.deadLetter, clearFlag},
		{"dead-letter-drop", "TOPIC/ID", writes, "takes a dead letter, or all of TOPIC/GROUP, away for good; all of a topic, or such as may hold a shopper's message, with -f only", ops.dropDeadLetters, forceFlag},
		{"dead-letter-replay", "TOPIC", writes, "publishes dead letters to the topic that they came from; TOPIC/GROUP those of a group, TOPIC/ID one; -n tries each on a copy of what is stored", ops.replayDeadLetters, nil},
		{"dead-letters", "TOPIC", reads, "lists dead letters by groups; of the topic all those of every topic, of TOPIC/GROUP each one", ops.deadLetters, nil},
		{"erase", "ACCOUNT/KEY", writes, "erases a customer's personal data for good, for the reason that it reads from the standard input", ops.erase, nil},
		{"explain", "ACCOUNT/ORDER", reads, "says why each message of an order was sent or not; with a message's id, or ACCOUNT/MESSAGE_ID, of that one; with ACCOUNT/-, to the shopper whose number it reads", ops.explain, nil},
		{"guest-key", "ACCOUNT", writes, "makes a key with which the account's bot calls brandapi, and lists those that it has", ops.guestKey, nil},
		{"guest-key-end", "ACCOUNT/KEY", writes, "ends a key, named as guest-key -n lists it", ops.endGuestKey, nil},
		{"import", "ACCOUNT/FILE.csv", writes, "brings the customers of a file and their opt-ins into an account; -from LINE goes on where one stopped", ops.importCustomers, importFlags},
		{"keys", "", writes, "makes the product's own keys, once: what is there stays", ops.keys, nil},
		{"ledger", "ACCOUNT/KEY", shows, "writes the file that proves the ledger of a customer's consents, whom the key of a search names; verify checks it", ops.ledger, nil},
		{"onboard", "FILE.json", writes, "makes what a brand begins with from one file: account, apps, sender, events; what is there stays, so that it can be repeated", ops.onboard, nil},
		{"operations", "DAY", reads, "lists what was done with ops from that day on, such as 2026-11-30: who, when, and what came of it", ops.operations, nil},
		{"proof-key", "", reads, "prints the public key that proofs are signed with, as it is published", ops.proofKey, nil},
		{"rate-card", "FILE.json", writes, "puts the rate card that the file has; one that begins or ends within a quarter with -f only", ops.rateCard, forceFlag},
		{"rate-cards", "", reads, "lists all rate cards with their prices", ops.rateCards, nil},
		{"receipt", "ACCOUNT/MESSAGE_ID", shows, "prints what proves a message: consent, settings, template, attempts, and what it cost and by which card", ops.receipt, nil},
		{"replay", "ACCOUNT/DAY", shows, "delivers an account's events of a day to the code of today, on a copy of what is stored, and says what would be otherwise; with -settings now or FILE other settings count", ops.replay, replayFlagSet},
		{"reopen", "MESSAGE_ID", writes, "sends once more what was given up", ops.reopen, nil},
		{"reopen-all", "ACCOUNT/DAY", writes, "sends once more all that was given up since a day; with ACCOUNT/APP/DAY of one app; -n lists it", ops.reopenAll, nil},
		{"rotate-end", "ACCOUNT/APP", writes, "ends at once what rotate-webhook and rotate-secret -signing left beside the new ones; else it ends after a day", ops.endRotated, nil},
		{"rotate-secret", "ACCOUNT/APP", writes, "gives an app the credential that it reads from the standard input, once it works at the provider; with -signing what callbacks are signed with", ops.rotateSecret, signingFlag},
		{"rotate-webhook", "ACCOUNT/APP", writes, "gives an app's webhook another address, and has the provider told where that is possible", ops.rotateWebhook, nil},
		{"secret", "NAME", writes, "writes a new version of the secret: what it reads from the standard input; one that no app goes by with -f only", ops.secret, forceFlag},
		{"shape", "FINGERPRINT", reads, "prints a masked body of a form that was not seen before, as it can stand among the fixtures", ops.shape, nil},
		{"shapes", "", reads, "lists forms of providers' bodies that were not seen before", ops.shapes, nil},
		{"submit", "ACCOUNT/ORDER", writes, "submits once more the choices on an order that the platform gave no answer to for a day", ops.submit, nil},
		{verifyName, "FILE", reads, "checks a file that proves a consent, by the public key in -key FILE and the copy of what was published in -roots DIR", ops.verify, verifyFlags},
		{"webhook-add", "APP", writes, "adds a token to the app's webhook, and lists those that it has", ops.addWebhook, nil},
		{"webhook-end", "APP/TOKEN", writes, "ends a token, named as webhook-add lists it; the app's last one with -f only", ops.endWebhook, forceFlag},
	}
}

// forceFlag declares -f.
func forceFlag(f *flag.FlagSet, c *command) {
	f.BoolVar(&c.force, "f", false, "do what is refused without: end an app's last token, put a card that is not of whole quarters, write a secret that no app goes by, or drop dead letters that somebody may need")
}

// importFlags declares those of import.
func importFlags(f *flag.FlagSet, c *command) {
	f.IntVar(&c.from, "from", 0, "the line of the first row to import")
}

// verifyFlags declares those of verify.
func verifyFlags(f *flag.FlagSet, c *command) {
	f.StringVar(&c.key, "key", "", "file of the public key that must have signed")
	f.StringVar(&c.roots, "roots", "", "directory with a copy of what was published")
}

// help lists the commands, one a line.
func help() string {
	var b strings.Builder
	for _, v := range verbs() {
		fmt.Fprintf(&b, "%-35s %s\n", v.usage(), v.what)
	}

	return b.String()
}

// errUsage is what every error of a command line is.
var errUsage = errors.New("usage")

// misused returns the error of a command line: what is wrong with it, and how the command is used.
func (v verb) misused(wrong string) error {
	return fmt.Errorf("%s; %w: %s", wrong, errUsage, v.usage())
}

// usage says how a command is used.
func (v verb) usage() string { return "ops " + strings.TrimSpace(v.name+" [-n] "+v.subject) }

// find returns a command; the zero verb if there is none of that name.
func find(name string) verb {
	all := verbs()
	if i := slices.IndexFunc(all, func(v verb) bool { return v.name == name }); i >= 0 {
		return all[i]
	}

	return verb{}
}
