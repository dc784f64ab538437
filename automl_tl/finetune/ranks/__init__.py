"""One trial on several devices of one machine: a process for each, which is called a rank."""
