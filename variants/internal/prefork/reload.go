package prefork

// reload takes HUP: it loads the options anew where the program can, and then
// every worker is to be replaced. Options that can't be loaded, or make no sense,
// change nothing, and the workers that serve well stay.
func (c *crew) reload() {
	if c.stopping != 0 {
		return
	}
	if c.opts.Reload != nil {
		loaded, err := c.load()
		if err != nil {
			c.log.Error("Reload failed, the old configuration stays", "error", err)
			return
		}
		c.opts, c.target = loaded, loaded.Workers
	}
	for _, m := range c.members {
		c.wear(m, "reload", false)
	}
}

// load returns the options with what can change at a reload as it is now.
func (c *crew) load() (Options, error) {
	fresh, err := c.opts.Reload()
	if err != nil {
		return Options{}, err
	}
	fresh = fresh.withDefaults()
	if err := fresh.check(); err != nil {
		return Options{}, err
	}
	if fresh.Bind != c.opts.Bind {
		c.log.Warn("The address can't change at a reload", "bind", c.opts.Bind, "ignored", fresh.Bind)
	}
	kept := c.opts
	kept.Workers = fresh.Workers
	kept.MaxRequests, kept.MaxLifetime, kept.Jitter = fresh.MaxRequests, fresh.MaxLifetime, fresh.Jitter
	kept.WorkerExit = fresh.WorkerExit
	kept.Timeout, kept.GracefulTimeout, kept.BootTimeout = fresh.Timeout, fresh.GracefulTimeout, fresh.BootTimeout
	return kept, nil
}
