package customers

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/eshopbox/whatsapp-notifications/shared/access"
	"github.com/eshopbox/whatsapp-notifications/shared/account"
	"github.com/eshopbox/whatsapp-notifications/shared/consent"
	"github.com/eshopbox/whatsapp-notifications/shared/phone"
)

// Verdict says what an import made of a row.
type Verdict string

// The verdicts.
const (
	// Created: the customer was made, and what the row says holds.
	Created Verdict = "created"
	// Granted: a known customer may now be written to for what the row says.
	Granted Verdict = "granted"
	// Withdrawn: a known customer may no longer be written to for what the row says.
	Withdrawn Verdict = "withdrawn"
	// Unchanged: what the row says holds already, or something that the shopper said later does.
	Unchanged Verdict = "unchanged"
	// Kept: the shopper has taken back what the row would grant, and alone can give it again.
	Kept Verdict = "kept"
	// Invalid: the row was not taken.
	Invalid Verdict = "invalid"
)

// RowResult is what came of one row. It has no personal data.
type RowResult struct {
	// Row is the line of the file on which the row begins.
	Row     int
	Verdict Verdict
	// Key names the customer; empty of a row that is invalid.
	Key string
	// Status and Marketing are what then holds for the customer.
	Status    consent.Status
	Marketing bool
	// Field and Why say what is wrong with a row that is invalid, or why the row does not hold. Field is empty where it is the whole row.
	Field, Why string
}

// File is what an import reads.
type File struct {
	Text io.Reader
	// From is the line of the first row that is imported; those before are passed over. 0 begins with the first.
	From int
	// Dry has the file checked and nothing written.
	Dry bool
}

// Imported sums an import up.
type Imported struct {
	// Rows is how many rows have a result, and Verdicts how many of them have which.
	Rows     int
	Verdicts map[Verdict]int
	// Next is the line to go on from, of an import that ended before the file did; 0 of one that is complete.
	Next int
}

const (
	// importers is how many rows are written at once: a row waits for the store almost all the time.
	importers = 16
	// window is how many rows are read before the oldest of them has its result.
	window = 4 * importers
)

// Import brings the customers of a file into an account. tell gets the result of each row, in the order of the rows, as soon as it is there.
//
// Each row is written at once or not at all, and importing it again changes nothing. So an import that was cut off is sent again, as it is or
// from a later row. What the shopper has taken back stays so: the brand's word counts from before everything that the shopper said to us.
//
// An error before any result is about the caller or the file's header. Later ones end the import; all rows before Next have their result.
func (c *Customers) Import(ctx context.Context, caller access.Caller, accountID string, f File, tell func(RowResult) error) (Imported, error) {
	const op = "customers.Import"

	a, err := c.account(ctx, op, caller, access.Write, accountID)
	if err != nil {
		return Imported{}, err
	}

	keyer, err := c.keyer.Get(ctx)
	if err != nil {
		return Imported{}, err
	}

	sheet, err := newTable(f.Text)
	if err != nil {
		return Imported{}, err
	}

	ctx, cancel := context.WithCancel(ctx)
	run := &importing{customers: c, account: a, keyer: keyer, dry: f.Dry}

	done, err := run.all(ctx, sheet, f.From, tell)

	// No row is written after this returns. The reading may go on until the file notices that nobody reads it.
	cancel()
	run.writing.Wait()

	return done, err
}

// importing is an import on its way.
type importing struct {
	customers *Customers
	account   account.Account
	keyer     phone.Keyer
	dry       bool

	writing sync.WaitGroup
}

// rowTask is a row on its way through an import.
type rowTask struct {
	row int
	of  row
	// otherKey is the key of the number's other spelling; empty if it has none.
	key, otherKey string
	result        chan rowEnd
}

// rowEnd is what came of a row, or why nothing did.
type rowEnd struct {
	RowResult

	err error
}

// all imports the rows of a sheet. They are read by one goroutine and written by several; rows of one number, in whichever
// spelling, are written by the same one, in their order.
func (i *importing) all(ctx context.Context, sheet *table, from int, tell func(RowResult) error) (Imported, error) {
	var (
		ordered = make(chan *rowTask, window)
		lanes   [importers]chan *rowTask
	)

	for n := range lanes {
		lanes[n] = make(chan *rowTask, window/importers)

		i.writing.Go(func() { i.write(ctx, lanes[n]) })
	}

	go i.read(ctx, sheet, from, ordered, &lanes)

	done := Imported{Verdicts: map[Verdict]int{}}

	for {
		var task *rowTask

		select {
		case task = <-ordered:
		case <-ctx.Done():
			done.Next = max(done.Next, from, 1)
			return done, ctx.Err()
		}

		if task == nil {
			done.Next = 0
			return done, nil
		}

		var end rowEnd

		select {
		case end = <-task.result:
		case <-ctx.Done():
			end.err = ctx.Err()
		}

		done.Next = task.row

		if end.err == nil {
			end.err = tell(end.RowResult)
		}
		if end.err != nil {
			return done, end.err
		}

		done.Rows++
		done.Verdicts[end.Verdict]++
		done.Next++
	}
}

// read hands the rows of a sheet on; ordered is closed after the last one.
func (i *importing) read(ctx context.Context, sheet *table, from int, ordered chan<- *rowTask, lanes *[importers]chan *rowTask) {
	for {
		record, err := sheet.Next()
		if errors.Is(err, io.EOF) {
			close(ordered)
			return
		}

		if err == nil && record.Row < from {
			continue
		}

		task := &rowTask{row: record.Row, result: make(chan rowEnd, 1)}

		lane := i.assign(task, record, err, lanes)
		if !hand(ctx, ordered, task) || lane != nil && !hand(ctx, lane, task) || err != nil {
			return
		}
	}
}

// assign returns the writer that a row is for; nil if its result is known, which the task then has: the sheet cannot be read on, or the row is
// invalid.
func (i *importing) assign(task *rowTask, record sheetRecord, unread error, lanes *[importers]chan *rowTask) chan<- *rowTask {
	if unread != nil {
		task.result <- rowEnd{err: unread}
		return nil
	}

	var wrong *wrongField
	if task.of, wrong = rowOf(record, i.account.ID, i.customers.clock.Now()); wrong != nil {
		result := RowResult{
			Row:     task.row,
			Verdict: Invalid,
			Field:   string(wrong.field),
			Why:     wrong.why,
		}
		task.result <- rowEnd{RowResult: result}

		return nil
	}

	task.key, task.otherKey = i.keyer.Key(task.of.number), i.keyer.OtherKey(task.of.number)

	// Both spellings of a number are written by one writer, since a row about one may be about the other's customer.
	lane := task.key
	if task.otherKey != "" {
		lane = min(task.key, task.otherKey)
	}

	return lanes[laneOf(lane)]
}

// laneOf returns which of the writers writes the customers of a key.
func laneOf(key string) int {
	n := 0
	for _, c := range []byte(key) {
		n = (n*31 + int(c)) % importers
	}

	return n
}

// hand passes a row on; false if the import is over.
func hand(ctx context.Context, to chan<- *rowTask, task *rowTask) bool {
	select {
	case to <- task:
		return true
	case <-ctx.Done():
		return false
	}
}

// write writes the rows that it is handed.
func (i *importing) write(ctx context.Context, tasks <-chan *rowTask) {
	for {
		select {
		case task := <-tasks:
			result, err := i.row(ctx, task)
			task.result <- rowEnd{result, err}
		case <-ctx.Done():
			return
		}
	}
}
