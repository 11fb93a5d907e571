"""A model of Cluster Autoscaler for Auto Scaling groups: not the real program.

The real one cannot be built from what public Go proxies serve. This one reads its flags, its tags
and its ConfigMap, and decides by the rules that its documentation gives:
https://github.com/kubernetes/autoscaler/blob/master/cluster-autoscaler/FAQ.md. It runs as a process
for a pod of the real one's Deployment, with that pod's service account and AWS role alone.

``objects`` are what it reads, ``fitting`` says where pods fit, ``scale_up`` and ``scale_down``
decide, ``memory`` keeps what outlasts a look, ``loop`` acts. What it leaves out stands in the table
of the local cloud (``localcloud.emulated``).
"""
