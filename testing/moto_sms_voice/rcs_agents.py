"""RCS agents, to the extent that registrations need them."""

from __future__ import annotations

from typing import Any

from .exceptions import ConflictException
from .identities import RCS_AGENT, SETTING_FILTERS, Identities, attribute_readers, update_settings
from .state import Filter, Tag
from .store import RcsAgent


class RcsAgents(Identities):
    """Operations on RCS agents."""

    def create_rcs_agent(
        self,
        *,
        deletion_protection_enabled: bool = False,
        opt_out_list_name: str | None = None,
        tags: list[Tag] | None = None,
        client_token: str | None = None,
    ) -> dict[str, Any]:
        """Create an RCS agent."""
        parameters = [deletion_protection_enabled, opt_out_list_name, tags]
        replay = self.replayed(RCS_AGENT, client_token, parameters)
        if replay is not None and replay in self.store.rcs_agents:
            self.journal.mark_replayed()
            agent = self.store.rcs_agents[replay]
            return {**vars(agent), "Tags": self.tag_list(agent.rcs_agent_arn)}
        checked = self.checked_tags(tags)
        self.check_quota(len(self.store.rcs_agents), self.behavior.rcs_agents_per_account, "RCS_AGENTS_PER_ACCOUNT")
        agent_id = self.new_id("rcs")
        agent = RcsAgent(
            rcs_agent_arn=self.arn(f"{RCS_AGENT}/{agent_id}"),
            rcs_agent_id=agent_id,
            created_timestamp=self.now(),
            deletion_protection_enabled=deletion_protection_enabled,
            opt_out_list_name=opt_out_list_name or "Default",
        )
        self.store.rcs_agents[agent_id] = agent
        self.set_tags(agent.rcs_agent_arn, checked)
        self.remember(RCS_AGENT, client_token, parameters, agent_id)
        return {**vars(agent), "Tags": self.tag_list(agent.rcs_agent_arn)}

    def describe_rcs_agents(
        self,
        *,
        rcs_agent_ids: list[str] | None = None,
        owner: str | None = None,
        filters: list[Filter] | None = None,
        next_token: str | None = None,
        max_results: int | None = None,
    ) -> dict[str, Any]:
        """Describe some RCS agents by ID, or all. The fake shares nothing between accounts."""
        agents = list(self.store.rcs_agents.values()) if owner != "SHARED" else []
        if rcs_agent_ids:
            agents = [self.agent(one) for one in dict.fromkeys(rcs_agent_ids)]
        matching = self.filtered(agents, filters, attribute_readers(SETTING_FILTERS))
        page, token = self.page(matching, max_results, next_token)
        described = [{**vars(agent), "TestingAgent": self._testing_agent(agent)} for agent in page]
        return {"RcsAgents": described, "NextToken": token}

    def update_rcs_agent(
        self,
        *,
        rcs_agent_id: str,
        deletion_protection_enabled: bool | None = None,
        opt_out_list_name: str | None = None,
        self_managed_opt_outs_enabled: bool | None = None,
        two_way_channel_arn: str | None = None,
        two_way_channel_role: str | None = None,
        two_way_enabled: bool | None = None,
    ) -> RcsAgent:
        """Change settings of an RCS agent."""
        agent = self.agent(rcs_agent_id)
        update_settings(
            agent,
            deletion_protection_enabled=deletion_protection_enabled,
            opt_out_list_name=opt_out_list_name,
            self_managed_opt_outs_enabled=self_managed_opt_outs_enabled,
            two_way_channel_arn=two_way_channel_arn,
            two_way_channel_role=two_way_channel_role,
            two_way_enabled=two_way_enabled,
        )
        return agent

    def delete_rcs_agent(self, *, rcs_agent_id: str) -> RcsAgent:
        """Delete an RCS agent that no registration uses."""
        agent = self.agent(rcs_agent_id)
        self.check_unprotected(agent.deletion_protection_enabled, RCS_AGENT, agent.rcs_agent_id)
        if self.holders(agent.rcs_agent_arn) or agent.teardown_attempts_left:
            agent.teardown_attempts_left = max(0, agent.teardown_attempts_left - 1)
            raise ConflictException(
                "A registration uses the RCS agent", "RESOURCE_NOT_EMPTY", RCS_AGENT, agent.rcs_agent_id
            )
        del self.store.rcs_agents[agent.rcs_agent_id]
        self.store.tags.pop(agent.rcs_agent_arn, None)
        agent.status = "DELETED"
        return agent

    # --- private helpers ---

    def _testing_agent(self, agent: RcsAgent) -> dict[str, str] | None:
        for registration in self.holders(agent.rcs_agent_arn):
            if registration.registration_type.startswith("TEST_"):
                status = {"CREATED": "CREATED", "COMPLETE": "ACTIVE"}.get(registration.registration_status, "PENDING")
                return {"Status": status, "RegistrationId": registration.registration_id}
        return None
