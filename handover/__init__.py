"""Who may write which names, and what comes next: pure, known to stacks and to the operator."""
