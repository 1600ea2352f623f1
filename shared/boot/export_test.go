package boot

import "context"

// OnClose is onClose for the tests outside of the package.
func (l *Lifecycle) OnClose(name string, f func(context.Context) error) { l.onClose(name, f) }

// OnSignal is onSignal for the tests outside of the package.
func (l *Lifecycle) OnSignal(exit func(code int)) { l.onSignal(exit) }
