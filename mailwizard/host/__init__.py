"""How a machine is touched: the protocol, this machine, another one over SSH, an imaginary one."""
